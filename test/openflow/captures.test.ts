import {describe, expect, test} from 'vitest'
import {decodeFlowMod, decodeFlowStats} from '../../src/datapath/openflow/flow-mod.ts'
import {type Message, MessageFramer} from '../../src/datapath/openflow/framing.ts'
import {header, multipart} from '../../src/datapath/openflow/messages.ts'
import {printFlow} from '../../src/datapath/openflow/text.ts'
import {capture, readCapture, withTable} from './capture.ts'
import {acceptedCuts} from './truncation.ts'
import {encodeFlowMod} from './encode.ts'

// Bytes of real Open vSwitch 3.1: `sh scripts/node.sh test/captures/record.ts` records them anew.
const additions = capture('bundle', '>').filter((message) => header.decode(message).type === 'bundleAdd')
const dumps = capture('dump', '<')
  .filter((message) => header.decode(message).type === 'multipartReply')
  .map((message) => message.subarray(header.size + multipart.size))

test('the recordings hold all flows', () => {
  expect(additions).toHaveLength(readCapture('flows.txt').length)
  expect(dumps.flatMap(decodeFlowStats).length).toBeGreaterThan(20)
})

describe('what ovs-ofctl sends', () => {
  const rows = additions.map((bytes) => ({bytes, text: printFlow(decodeFlowMod(bytes))}))

  test.each(rows)('$text: decoded and encoded again, byte for byte', ({bytes}) => {
    const {xid} = header.decode(bytes)
    expect(encodeFlowMod(decodeFlowMod(bytes), 'add', xid, bytes.readUInt32BE(8)).toString('hex')).toBe(
      bytes.toString('hex'),
    )
  })

  test.each(rows)('$text: cut off anywhere, it is refused with a sentence', ({bytes}) => {
    expect(acceptedCuts(bytes, decodeFlowMod)).toEqual([])
  })
})

describe('what the switch gives back', () => {
  test('a dump reads as ovs-ofctl prints it', () => {
    expect(dumps.flatMap(decodeFlowStats).map((flow) => printFlow(flow))).toEqual(
      readCapture('dump.flows').map(withTable),
    )
  })

  test('each flow, cut off anywhere, is refused with our own error', () => {
    for (const body of dumps) {
      for (const start of flowStarts(body)) {
        const flow = body.subarray(start, start + body.readUInt16BE(start))
        expect(acceptedCuts(flow, decodeFlowStats, 1)).toEqual([])
      }
    }
  })

  test('a dump cut off between two flows is shorter, elsewhere it is refused', () => {
    const whole = decodeFlowStats(dumps[0] ?? Buffer.alloc(0)).slice(0, 26)
    const body = dumps[0]?.subarray(0, flowStarts(dumps[0])[26]) ?? Buffer.alloc(0)
    const starts = flowStarts(body)
    let boundaries = 0
    for (let length = 0; length < body.length; length += 1) {
      const read = (): unknown[] => decodeFlowStats(body.subarray(0, length))
      const boundary = starts.includes(length)
      if (boundary) boundaries += 1
      if (boundary) expect(read()).toEqual(whole.slice(0, boundaries - 1))
      else expect(read).toThrow(/malformed OpenFlow/u)
    }
    expect(boundaries).toBe(whole.length)
  })
})

test('messages are the same however the stream is cut', () => {
  const stream = Buffer.concat([...capture('dump', '<'), ...capture('ports', '<'), ...capture('bundle', '<')])
  const whole = new MessageFramer().push(stream)
  const framer = new MessageFramer()
  const single: Message[] = []
  for (const byte of stream) single.push(...framer.push(Buffer.from([byte])))
  expect(single).toEqual(whole)
  expect(whole.length).toBeGreaterThan(6)
})

test('what is not OpenFlow 1.5 is refused', () => {
  const push = (hex: string) => () => new MessageFramer().push(Buffer.from(hex, 'hex'))
  expect(push('0600000700000001')).toThrow('a message of 7 bytes')
  expect(push('0463000800000001')).toThrow('99 is none of')
  expect(push('0414000800000001')).toThrow('version 4 after HELLO')
})

function flowStarts(body: Buffer): number[] {
  const starts: number[] = []
  for (let at = 0; at < body.length; at += body.readUInt16BE(at)) starts.push(at)
  return starts
}
