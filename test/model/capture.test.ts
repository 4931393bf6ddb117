import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {parseIp} from '../../src/model/address.ts'
import {fits, readFrame} from '../../src/model/capture/frame.ts'
import {liveQuery, parseLiveQuery} from '../../src/model/capture/live.ts'
import {
  interfaceBlock,
  packetBlock,
  type PcapBlock,
  pcapReader,
  sectionBlock,
  statisticsBlock,
} from '../../src/model/capture/pcapng.ts'
import {captureQuery, type CaptureWish, parseCaptureQuery} from '../../src/model/capture/wish.ts'

/** From a capture of the lab: an echo of Pods in Geneve between n1 and n3, and one that a Pod sends to the first port of a bridge. */
const bare = '0a580af401010a580af4010208004500001c00004000400124c90af401020af403020800f7ff00000000'
const outer = '02000000000102000000000208004500004e00004000401100000a0000010a000002c35117c1003a0000'
const geneve = '0000655800000000'

describe('frames', () => {
  test('a bare one', () => {
    expect(readFrame(Buffer.from(bare, 'hex'))).toEqual({
      source: '10.244.1.2',
      destination: '10.244.3.2',
      protocol: 1,
      icmp: {type: 8, code: 0},
      ttl: 64,
    })
  })
  test('inside Geneve', () => {
    expect(readFrame(Buffer.from(outer + geneve + bare, 'hex'))).toMatchObject({
      outer: {source: '10.0.0.1', destination: '10.0.0.2'},
      source: '10.244.1.2',
      icmp: {type: 8},
    })
  })
  test('whatever it is cut to, it is read or it is not', () => {
    const whole = Buffer.from(outer + geneve + bare, 'hex')
    for (let length = 0; length <= whole.length; length += 1)
      expect(() => readFrame(whole.subarray(0, length))).not.toThrow()
  })
  test('any bytes are read or they are not', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 200}), (bytes) => {
        const frame = Buffer.concat([Buffer.from('000000000000000000000000', 'hex'), Buffer.from('0800', 'hex'), bytes])
        expect(() => readFrame(frame)).not.toThrow()
      }),
    )
  })
  const [a, b] = [parseIp('10.244.1.2'), parseIp('10.244.3.2')]
  test.each([
    [{source: [a], destination: [b], bothWays: false}, true],
    [{source: [b], destination: [a], bothWays: false}, false],
    [{source: [b], destination: [a], bothWays: true}, true],
    [{source: [a], destination: [], bothWays: false, protocol: 'tcp' as const}, false],
    [{source: [], destination: [b], bothWays: false, protocol: 'icmp' as const}, true],
    [{source: [], destination: [], bothWays: false, marked: {mark: 'f7ff0000', answerPort: 9}}, true],
    [{source: [], destination: [], bothWays: false, marked: {mark: 'f7ff0001', answerPort: 9}}, false],
  ])('%j keeps it: %s', (filter, isKept) => {
    expect(fits(Buffer.from(bare, 'hex'), filter)).toBe(isKept)
  })
})

const packet = (bytes: Buffer, direction: 'in' | 'out') => ({
  interface: 0,
  time: 1_795_818_188_792_000_123n,
  bytes,
  length: bytes.length + 5,
  direction,
})

test('a file is read as it was written, in whichever pieces it comes', () => {
  const property = fc.property(
    fc.array(fc.uint8Array({maxLength: 64}), {maxLength: 8}),
    fc.array(fc.integer({min: 1, max: 40}), {minLength: 1}),
    (packets, cuts) => {
      const one = {name: 'eth1', description: 'underlay', snapLength: 65_535}
      const written = packets.map((bytes, at) => packet(Buffer.from(bytes), at % 2 === 0 ? 'in' : 'out'))
      const statistics = {interface: 0, time: 7n, received: 9n, dropped: 2n}
      const file = Buffer.concat([
        sectionBlock('test'),
        interfaceBlock(one),
        ...written.map((value) => packetBlock({...value, comment: 'a word'})),
        statisticsBlock(statistics),
      ])
      const read = pcapReader()
      const blocks: PcapBlock[] = []
      for (let at = 0, turn = 0; at < file.length; turn += 1) {
        const cut = cuts[turn % cuts.length] ?? 1
        blocks.push(...read(file.subarray(at, at + cut)))
        at += cut
      }
      expect(blocks).toEqual([
        {kind: 'interface', value: one},
        ...written.map((value) => ({kind: 'packet', value})),
        {kind: 'statistics', value: statistics},
      ])
    },
  )
  fc.assert(property)
})

test.each([
  ['ffffffffffffffffffffffff'],
  ['060000000d00000000000000'],
  ['0a0d0d0a1c00000000000000000000000000000000000000000000001c000000'],
])('%s is no pcapng', (hex) => {
  expect(() => pcapReader()(Buffer.from(hex, 'hex'))).toThrow(RangeError)
})

describe('questions to agents', () => {
  const search = (query: Readonly<Record<string, string | undefined>>) => {
    const given = new URLSearchParams()
    for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, value)
    return given
  }
  test('a capture is asked for as it is understood', () => {
    const wish: CaptureWish = {
      pods: [{namespace: 'a', name: 'b'}],
      places: ['port', 'underlay'],
      filter: {
        source: [parseIp('10.0.0.1')],
        destination: [],
        bothWays: true,
        protocol: 'tcp',
        port: 80,
        marked: {mark: '00'.repeat(16), answerPort: 4},
      },
      number: 3,
      seconds: 5,
      snapLength: 99,
    }
    expect(parseCaptureQuery(search(captureQuery(wish)))).toEqual(wish)
  })
  test.each([
    'places=moon',
    'source=1.2.3',
    'source=fd00::1',
    'port=0',
    'seconds=301',
    'pods=a;b/x',
    'mark=zz',
    'protocol=x',
    `pods=${'a/b,'.repeat(5)}`,
  ])('%s is refused', (query) => {
    expect(() => parseCaptureQuery(new URLSearchParams(query))).toThrow(/must be/u)
  })
  test('so is a packet', () => {
    const live = {
      pod: {namespace: 'a', name: 'b'},
      destination: parseIp('10.0.0.1'),
      protocol: 'udp' as const,
      sourcePort: 7,
      destinationPort: 8,
      mark: 'ab'.repeat(16),
    }
    expect(parseLiveQuery(search(liveQuery(live)))).toEqual(live)
    for (const wrong of [
      {...live, mark: 'x'},
      {...live, destinationPort: 0},
      {...live, sourcePort: 70_000},
    ])
      expect(() => parseLiveQuery(search(liveQuery(wrong)))).toThrow(/must be|no port/u)
    expect(() => parseLiveQuery(search({...liveQuery(live), protocol: 'sctp'}))).toThrow(/SCTP/u)
  })
})
