import {describe, expect, test} from 'vitest'
import fc from 'fast-check'
import {encodeFrame, frameReader} from '../../src/cluster/road-frames.ts'
import {clientFrames, serverFrame} from './fake-servers.ts'

function readAll(pieces: readonly Buffer[]): {
  messages: Buffer[]
  pings: string[]
  closed: [number | undefined, string][]
} {
  const seen: ReturnType<typeof readAll> = {messages: [], pings: [], closed: []}
  const read = frameReader({
    data: (message) => seen.messages.push(message),
    ping: (payload) => seen.pings.push(payload.toString()),
    close: (code, reason) => seen.closed.push([code, reason]),
  })
  for (const piece of pieces) read(piece)
  return seen
}

describe('frames of a server, RFC 6455', () => {
  test('any messages, cut anywhere', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({maxLength: 2_000, size: 'max'}), {maxLength: 5}),
        fc.integer({min: 1, max: 5_000}),
        (payloads, cut) => {
          const bytes = Buffer.concat(payloads.map((payload) => serverFrame(2, Buffer.from(payload))))
          const pieces = Array.from({length: Math.ceil(bytes.length / cut)}, (_, at) =>
            bytes.subarray(at * cut, (at + 1) * cut),
          )
          expect(readAll(pieces).messages.map((message) => message.toString('hex'))).toEqual(
            payloads.map((payload) => Buffer.from(payload).toString('hex')),
          )
        },
      ),
      {numRuns: 30},
    )
  })

  test('a message of more than 64 KiB', () => {
    const bytes = serverFrame(2, Buffer.alloc(70_000, 'x'))
    expect(readAll([bytes.subarray(0, 5), bytes.subarray(5)]).messages[0]?.length).toBe(70_000)
  })

  test('a message in parts, with a ping between them', () => {
    const bytes = [
      serverFrame(2, Buffer.from('ab'), {final: false}),
      serverFrame(9, Buffer.from('?')),
      serverFrame(0, Buffer.from('c')),
      serverFrame(10, Buffer.of()),
    ]
    expect(readAll(bytes)).toEqual({messages: [Buffer.from('abc')], pings: ['?'], closed: []})
  })

  test('a goodbye with its reason', () => {
    expect(readAll([serverFrame(8, Buffer.concat([Buffer.of(0x03, 0xf3), Buffer.from('gone')]))]).closed).toEqual([
      [1011, 'gone'],
    ])
    expect(readAll([serverFrame(8, Buffer.of())]).closed).toEqual([[undefined, '']])
  })

  test.each([
    ['masked', Buffer.of(0x82, 0x81, 0, 0, 0, 0, 0)],
    ['with an extension', Buffer.of(0xc2, 0x01, 0)],
    ['as large as memory', Buffer.of(0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0)],
  ])('a frame %s is refused', (_name, bytes) => {
    expect(() => readAll([bytes])).toThrow(/masked|extension|larger/u)
  })
})

test.each([0, 125, 126, 65_535, 65_536])('our frame of %i bytes, as a server reads it', (size) => {
  const payload = Buffer.alloc(size, 'p')
  const frames: [number, Buffer][] = []
  clientFrames((opcode, bytes) => frames.push([opcode, bytes]))(encodeFrame('binary', payload))
  expect(frames).toEqual([[2, payload]])
})
