import {afterAll, beforeAll, expect, test} from 'vitest'
import {canonicalFlow, flowKey} from '../../src/datapath/openflow/canonical.ts'
import {connectOpenFlow, type OpenFlowConnection} from '../../src/datapath/openflow/connection.ts'
import type {Flow} from '../../src/datapath/openflow/flow.ts'
import {parseFlow, printFlow} from '../../src/datapath/openflow/text.ts'
import {ensurePort} from '../../src/datapath/ovsdb/switch.ts'
import {readCapture, withTable} from '../openflow/capture.ts'
import {startOpenvSwitch, type TestSwitch} from './open-vswitch.ts'

let ovs: TestSwitch
let connection: OpenFlowConnection
beforeAll(async () => {
  ovs = await startOpenvSwitch()
  connection = await connectOpenFlow(ovs.openflowSocket)
  for (const line of readCapture('groups.txt')) await ovs.ofctl('add-group', line)
  for (const line of readCapture('meters.txt')) await ovs.ofctl('add-meter', line)
})
afterAll(async () => {
  connection.close()
  await ovs[Symbol.asyncDispose]()
})

const flows = readCapture('flows.txt').map(parseFlow)

async function printedByOvs(): Promise<string[]> {
  const lines = (await ovs.ofctl('dump-flows', '--no-stats')).split('\n').map((line) => line.trim())
  return lines
    .filter((line) => line !== '')
    .map(withTable)
    .toSorted()
}

async function dumpedByUs(): Promise<string[]> {
  return (await connection.dumpFlows()).map((flow) => printFlow(flow)).toSorted()
}

test('what we add is what ovs-ofctl prints, and what we dump', async () => {
  await connection.bundle({add: flows})
  const ours = flows.map((flow) => printFlow(canonicalFlow(flow))).toSorted()
  expect(await printedByOvs()).toEqual(ours)
  expect(await dumpedByUs()).toEqual(ours)
  expect((await connection.tableStats()).reduce((sum, {flows: count}) => sum + count, 0)).toBe(flows.length)
  expect(await connection.dumpFlows({table: 30})).toHaveLength(3)
})

test('the same key replaces the flow', async () => {
  const changed = {...parseFlow('table=16,priority=200,ip,nw_dst=10.244.2.0/24 actions=NORMAL'), cookie: 9n}
  await connection.bundle({add: [changed]})
  const found = (await connection.dumpFlows({table: 16})).filter((flow) => flowKey(flow) === flowKey(changed))
  expect(found).toMatchObject([{cookie: 9n, actions: ['NORMAL']}])
})

test.each([
  ['a goto_table backwards', 'table=9,priority=8,ip actions=goto_table:3', 'BAD_INSTRUCTION'],
  ['a field without its protocol', 'table=9,priority=8,nw_dst=10.0.0.1 actions=drop', 'BAD_MATCH BAD_PREREQ'],
  ['a group that is not there', 'table=9,priority=8 actions=group:99', 'BAD_ACTION BAD_OUT_GROUP'],
])('%s leaves the switch as it was, and the error names the flow', async (_, line, why) => {
  const before = await printedByOvs()
  const good = parseFlow('table=9,priority=1,ip actions=drop')
  const bad = parseFlow(line)
  const doing = connection.bundle({add: [good, bad, {...good, priority: 2}], remove: flows.slice(0, 3)})
  await expect(doing).rejects.toThrow(printFlow(bad))
  await expect(connection.bundle({add: [bad]})).rejects.toThrow(why)
  expect(await printedByOvs()).toEqual(before)
})

test('a flow that cannot be encoded leaves the switch as it was, and the next bundle works', async () => {
  const before = await printedByOvs()
  const add: Flow[] = [
    parseFlow('table=9,priority=1,ip actions=drop'),
    {table: 9, priority: 1, cookie: 0n, match: {nonsense: '1'}, actions: []},
  ]
  await expect(connection.bundle({add})).rejects.toThrow('"nonsense" is not a field')
  expect(await printedByOvs()).toEqual(before)
  await connection.bundle({})
})

test('bundles asked for at once are done one after another', async () => {
  const one = (priority: number): Flow => parseFlow(`table=50,priority=${priority},ip actions=drop`)
  const results = await Promise.allSettled([
    connection.bundle({add: [one(1)]}),
    connection.bundle({add: [parseFlow('table=50,priority=5 actions=goto_table:1')]}),
    connection.bundle({add: [one(2)], remove: [one(1)]}),
  ])
  expect(results.map(({status}) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect((await connection.dumpFlows({table: 50})).map(({priority}) => priority)).toEqual([2])
})

test('ports are listed with their numbers', async () => {
  await ensurePort(ovs.ovsdb, 'br-int', {name: 'antrea-gw0', type: 'dummy', ofportRequest: 32_769})
  await ensurePort(ovs.ovsdb, 'br-int', {name: 'pod-1', type: 'dummy', ofportRequest: 3})
  expect(await connection.ports()).toEqual([
    {name: 'pod-1', ofPort: 3},
    {name: 'antrea-gw0', ofPort: 32_769},
  ])
})

test('20 000 flows go in and out in parts, and other work goes on meanwhile', async () => {
  const many = Array.from({length: 20_000}, (_, index) =>
    parseFlow(
      `table=60,priority=200,ip,nw_dst=10.${index >> 8}.${index & 255}.0/24 actions=set_field:0x10/0xf0->reg0,goto_table:61`,
    ),
  )
  let turns = 0
  const ticker = setInterval(() => (turns += 1), 1)
  await connection.bundle({add: many})
  clearInterval(ticker)
  expect(await connection.dumpFlows({table: 60})).toHaveLength(20_000)
  expect(turns).toBeGreaterThan(5)
  await connection.bundle({remove: many})
  expect(await connection.dumpFlows({table: 60})).toHaveLength(0)
})

test('all that was added can be removed', async () => {
  await connection.bundle({remove: await connection.dumpFlows()})
  expect(await printedByOvs()).toEqual([])
})

test('the end of ovs-vswitchd is told at once', async () => {
  const ended = new Promise((resolve) => connection.onClose((reason) => resolve(reason?.message)))
  await ovs.killSwitch()
  await expect(ended).resolves.toContain('the OpenFlow connection was lost')
  await expect(connection.dumpFlows()).rejects.toMatchObject({code: 'OPENFLOW'})
})
