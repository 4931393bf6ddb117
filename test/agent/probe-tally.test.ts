import fc from 'fast-check'
import {expect, test} from 'vitest'
import {decodePacket, encodePacket, packetHeader, turnRound} from '../../src/agent/probe/packet.ts'
import {Sender} from '../../src/agent/probe/sender.ts'
import {largestPassing, type Passage, summarise} from '../../src/agent/probe/tally.ts'

/** A packet every 20 ms; "." came back after 1 ms, "x" did not. */
const stream = (picture: string): readonly Passage[] =>
  Array.from(picture, (mark, at) => ({sentAt: at * 20, ...(mark === '.' && {cameAt: at * 20 + 1})}))

test.each([
  ['.....', 0, 0],
  ['..x..', 1, 20],
  ['x....', 1, 20],
  ['....x', 1, 20],
  ['.xx.x', 3, 40],
  ['xxxxx', 5, 100],
  ['', 0, 0],
])('%j: %i lost, %i ms silent', (picture, lost, longestGap) => {
  const passages = stream(picture)
  expect(summarise(passages, passages.length * 20)).toMatchObject({sent: picture.length, lost, longestGap})
})

test('round trips: median and 99th of what came back, none when nothing did', () => {
  const passages = Array.from({length: 100}, (_, at) => ({sentAt: 0, cameAt: at + 1}))
  expect(summarise(passages, 1).roundTrip).toEqual({median: 50, p99: 99})
  expect(summarise(stream('xx'), 40).roundTrip).toBeUndefined()
})

test('the largest that passes is found, whatever it is, and most of all at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({min: 0, max: 9_000}), async (limit) => {
      const found = await largestPassing(async (size) => size <= limit, {least: 44, most: 1_450})
      expect(found).toBe(limit < 44 ? 0 : Math.min(limit, 1_450))
    }),
  )
  let asked = 0
  await largestPassing(async () => ++asked > 0, {least: 44, most: 1_450})
  expect(asked).toBe(1)
})

test('a packet comes back as it was sent, at any size', () => {
  const numbers = {order: fc.integer({min: 0, max: 2 ** 32 - 1}), stream: fc.nat(65_535), sequence: fc.nat(99_999)}
  fc.assert(
    fc.property(fc.record(numbers), fc.integer({min: 0, max: 2_000}), (fields, size) => {
      const bytes = encodePacket({kind: 'request', ...fields}, size)
      expect(bytes.length).toBe(Math.max(size, packetHeader))
      expect(decodePacket(bytes)).toEqual({kind: 'request', ...fields})
      expect(decodePacket(turnRound(bytes))).toEqual({kind: 'reply', ...fields})
      for (let end = 0; end < packetHeader; end++) expect(decodePacket(bytes.subarray(0, end))).toBeUndefined()
    }),
    {numRuns: 50},
  )
  expect(decodePacket(Buffer.alloc(40))).toBeUndefined()
})

test('a sender counts what comes back, of its own order only, and finds the wire that carries less', async () => {
  const streams = [
    {to: 'n2', form: 'live', ip: '10.244.2.9'},
    {to: 'n3', form: 'live', ip: '10.244.3.9'},
  ] as const
  const sender = new Sender(
    {order: 7, streams, packetsPerSecond: 100, load: 200, seconds: 1, mtu: 1_450},
    async ({to}, bytes) => {
      const packet = decodePacket(bytes)
      if (packet === undefined) throw new Error('it sends packets')
      const isLost =
        to === 'n3' && (bytes.length + 28 > 1_400 || (bytes.length === packetHeader && packet.sequence % 2 === 1))
      if (isLost) return true
      sender.heard({...packet, order: 6}, bytes.length)
      sender.heard(packet, bytes.length)
      sender.heard(packet, bytes.length)
      return true
    },
  )
  const [near, far] = await sender.run(new AbortController().signal)
  expect(near).toMatchObject({to: 'n2', sent: 100, lost: 0, mtu: 1_450})
  expect(far).toMatchObject({to: 'n3', sent: 100, lost: 50, mtu: 1_400})
  // It waits for answers for seconds, by the clock.
}, 30_000)
