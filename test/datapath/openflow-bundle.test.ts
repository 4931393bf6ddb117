import {setImmediate} from 'node:timers/promises'
import {execa} from 'execa'
import {beforeAll, beforeEach, expect, test} from 'vitest'
import {busyNode} from '../../bench/busy-node.ts'
import {connectOpenFlow, type OpenFlowConnection} from '../../src/datapath/openflow/connection.ts'
import type {Flow} from '../../src/datapath/openflow/flow.ts'
import {parseFlow, printFlow} from '../../src/datapath/openflow/text.ts'
import {connectedSwitch} from './connected-switch.ts'
import type {TestSwitch} from './open-vswitch.ts'

let ovs: TestSwitch
let connection: OpenFlowConnection
const connected = connectedSwitch()
beforeAll(() => {
  ;({ovs, connection} = connected())
})
const kept = parseFlow('cookie=0x1,table=9,priority=1,ip actions=drop')
beforeEach(async () => {
  await ovs.ofctl('del-flows')
  await connection.bundle({add: [kept]})
})

async function there(): Promise<string[]> {
  return (await connection.dumpFlows()).map((flow) => printFlow(flow)).toSorted()
}

function flowsWith(cookie: bigint, count: number): Flow[] {
  return Array.from({length: count}, (_, index) => ({
    ...parseFlow(`table=60,priority=200,ip,nw_dst=10.0.${index >> 8}.${index & 255} actions=goto_table:61`),
    cookie,
  }))
}

test('all flows of a busy Node arrive as ovs-ofctl would have added them', async () => {
  const flows = busyNode(5000)
  await ovs.ofctl('del-flows')
  await connection.bundle({add: flows})
  const ours = await ovs.ofctl('dump-flows', '--no-stats')
  await ovs.ofctl('del-flows')
  const lines = flows.map((flow) => printFlow(flow).replace(' actions=', ',actions='))
  await execa('ovs-ofctl', ['-O', 'OpenFlow15', 'add-flows', `unix:${ovs.openflowSocket}`, '-'], {
    input: lines.join('\n'),
  })
  const sorted = (text: string): string[] => text.split('\n').toSorted()
  expect(sorted(ours)).toEqual(sorted(await ovs.ofctl('dump-flows', '--no-stats')))
})

test('a refused flow among thousands leaves all as it was, and is named', async () => {
  const add = flowsWith(5n, 5000)
  const bad = parseFlow('table=60,priority=7,nw_dst=10.0.0.1 actions=drop')
  add.splice(2500, 0, bad)
  await expect(connection.bundle({add, remove: [kept]})).rejects.toThrow(`${printFlow(bad)}: BAD_MATCH BAD_PREREQ`)
  expect(await there()).toEqual([printFlow(kept)])
})

test('a commit is told when it is asked for, which for a refused flow it never is', async () => {
  const heard: string[] = []
  const next = connection.nextCommit().then(() => heard.push('asked'))
  const bad = parseFlow('table=60,priority=7,nw_dst=10.0.0.1 actions=drop')
  await expect(connection.bundle({add: [bad]})).rejects.toThrow('BAD_PREREQ')
  expect(heard).toEqual([])
  await connection.bundle({add: flowsWith(1n, 1)}).then(() => heard.push('done'))
  await next
  expect(heard).toEqual(['asked', 'done'])
})

test('a commit that the switch refuses leaves all as it was, and names the flow', async () => {
  const table = ['create', 'Flow_Table', 'flow_limit=10', 'overflow_policy=refuse']
  await execa('ovs-vsctl', [
    `--db=unix:${ovs.dbSocket}`,
    '--',
    '--id=@full',
    ...table,
    '--',
    'set',
    'Bridge',
    'br-int',
    'flow_tables:60=@full',
  ])
  const [eleventh] = flowsWith(5n, 11).slice(-1)
  const doing = connection.bundle({add: flowsWith(5n, 11), remove: [kept]})
  await expect(doing).rejects.toThrow(/TABLE_FULL; nothing was changed/u)
  await expect(connection.bundle({add: flowsWith(5n, 11)})).rejects.toThrow(eleventh && printFlow(eleventh))
  expect(await there()).toEqual([printFlow(kept)])
  await execa('ovs-vsctl', [`--db=unix:${ovs.dbSocket}`, 'clear', 'Bridge', 'br-int', 'flow_tables'])
})

test.each([0, 3, 20])('a connection cut after %i turns of the event loop leaves all as it was', async (turns) => {
  using other = await connectOpenFlow(ovs.openflowSocket)
  const doing = other.bundle({add: flowsWith(5n, 30_000), remove: [kept]})
  // Looked at below, when it may have failed already.
  doing.catch(() => {})
  for (let turn = 0; turn < turns; turn += 1) await setImmediate()
  other.close()
  await expect(doing).rejects.toThrow(/connection was lost: .*; nothing was changed/u)
  expect(await there()).toEqual([printFlow(kept)])
})

test('bundles of two connections never mix', async () => {
  using other = await connectOpenFlow(ovs.openflowSocket)
  await Promise.all([connection.bundle({add: flowsWith(1n, 3000)}), other.bundle({add: flowsWith(2n, 3000)})])
  const cookies = new Set((await connection.dumpFlows({table: 60})).map(({cookie}) => cookie))
  expect(cookies.size).toBe(1)
})

test('a flow longer than a message is refused with a sentence, and the next bundle works', async () => {
  const actions = Array.from({length: 5000}, (_, index) => `output:${index + 1}`)
  await expect(connection.bundle({add: [{...kept, priority: 2, actions}]})).rejects.toThrow('more than 65535 bytes')
  await connection.bundle({add: flowsWith(3n, 2)})
  expect(await there()).toHaveLength(3)
})

test.each([
  ['a priority', {priority: 65_536}],
  ['a table', {table: 256}],
  ['a negative priority', {priority: -1}],
])('%s that has no room in a message is refused', async (_, wrong) => {
  await expect(connection.bundle({add: [{...kept, ...wrong}]})).rejects.toMatchObject({code: 'FLOW_INVALID'})
  expect(await there()).toEqual([printFlow(kept)])
})
