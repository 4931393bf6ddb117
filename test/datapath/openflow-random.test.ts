import fc from 'fast-check'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {canonicalFlow, flowKey} from '../../src/datapath/openflow/canonical.ts'
import {connectOpenFlow, type OpenFlowConnection} from '../../src/datapath/openflow/connection.ts'
import type {Flow} from '../../src/datapath/openflow/flow.ts'
import {packetFields} from '../../src/datapath/openflow/oxm.ts'
import {parseFlow, printFlow} from '../../src/datapath/openflow/text.ts'
import {withTable} from '../openflow/capture.ts'
import {anyFlow} from '../openflow/random-flows.ts'
import {startOpenvSwitch, type TestSwitch} from './open-vswitch.ts'

let ovs: TestSwitch
let connection: OpenFlowConnection
beforeAll(async () => {
  ovs = await startOpenvSwitch()
  connection = await connectOpenFlow(ovs.openflowSocket)
  await ovs.ofctl('add-group', 'group_id=1,type=all,bucket=output:1')
})
afterAll(async () => {
  connection.close()
  await ovs[Symbol.asyncDispose]()
})

const seed = Number(process.env['ANTCTL_TEST_SEED'] ?? Date.now() % 0x7fff_ffff)
const count = 3000

/** One flow a key, as the switch keeps them. */
function sampled(): Flow[] {
  return [...new Map(fc.sample(anyFlow, {numRuns: count, seed}).map((flow) => [flowKey(flow), flow])).values()]
}

test(`random flows are dumped by the switch, by ovs-ofctl and by us in the same words (ANTCTL_TEST_SEED=${seed})`, async () => {
  const flows = sampled()
  await connection.bundle({add: flows})
  const ours = flows.map((flow) => printFlow(canonicalFlow(flow))).toSorted()
  const theirs = (await ovs.ofctl('dump-flows', '--no-stats')).split('\n').map((line) => line.trim())
  const printed = theirs
    .filter((line) => line !== '')
    .map(withTable)
    .toSorted()
  expect(printed).toEqual(ours)
  expect((await connection.dumpFlows()).map((flow) => printFlow(flow)).toSorted()).toEqual(ours)
  for (const line of ours) expect(printFlow(canonicalFlow(parseFlow(line)))).toBe(line)
  await connection.bundle({remove: flows})
  expect(await connection.dumpFlows()).toEqual([])
})

test('the sample holds every field of the table that a switch lets one match', () => {
  const found = new Set(sampled().flatMap(({match}) => Object.keys(match)))
  const missing = packetFields.filter(({name, inMatch}) => !found.has(inMatch) && !unmatched.test(name))
  expect(missing.map(({name}) => name)).toEqual([])
})

/** Refused from outside (recirc_id, dp_hash), part of another row's words (xreg, vlan_), or for packets without Ethernet. */
const unmatched = /^(?:recirc_id|dp_hash|x{1,2}reg\d|vlan_(?:vid|pcp)|packet_type|ct_state|nw_proto)$/u
