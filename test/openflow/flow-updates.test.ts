import {expect, test} from 'vitest'
import {decodeFlowUpdates, encodeFlowUpdate, type FlowUpdate} from '../../src/datapath/openflow/flow-updates.ts'
import {header, multipart} from '../../src/datapath/openflow/messages.ts'
import {printFlow} from '../../src/datapath/openflow/text.ts'
import {capture} from './capture.ts'
import {acceptedCuts} from './truncation.ts'

const bodies = capture('watch', '<')
  .filter((message) => header.decode(message).type === 'multipartReply')
  .map((message) => message.subarray(header.size + multipart.size))
  .filter((body) => body.length > 0)

test('what the switch tells of the changes of others', () => {
  const line = (update: FlowUpdate): string =>
    'flow' in update ? `${update.event} ${printFlow(update.flow)}` : update.event
  expect(bodies.flatMap(decodeFlowUpdates).map(line)).toEqual([
    'added cookie=0x7, table=60, priority=7,ip,nw_dst=10.1.2.0/24 actions=dec_ttl,goto_table:61',
    'modified cookie=0x7, table=60, priority=7,ip,nw_dst=10.1.2.0/24 actions=NORMAL',
    'removed cookie=0x7, table=60, priority=7,ip,nw_dst=10.1.2.0/24 actions=NORMAL',
  ])
})

test.each(bodies)('decoded and encoded again, byte for byte', (body) => {
  expect(Buffer.concat(decodeFlowUpdates(body).map(encodeFlowUpdate)).toString('hex')).toBe(body.toString('hex'))
})

test.each(bodies)('cut off anywhere, it is refused with a sentence', (body) => {
  expect(acceptedCuts(body, decodeFlowUpdates, 1)).toEqual([])
})

test('pauses and our own changes are short', () => {
  const updates: FlowUpdate[] = [{event: 'own', xid: 77}, {event: 'paused'}, {event: 'resumed'}]
  expect(decodeFlowUpdates(Buffer.concat(updates.map(encodeFlowUpdate)))).toEqual(updates)
  expect(() => decodeFlowUpdates(Buffer.from('0008000900000000', 'hex'))).toThrow('9 is none of')
  expect(() => decodeFlowUpdates(Buffer.from('0000000500000000', 'hex'))).toThrow('a flow update of 0 bytes')
})
