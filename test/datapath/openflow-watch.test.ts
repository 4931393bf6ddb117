import {spawnSync} from 'node:child_process'
import {beforeAll, beforeEach, expect, test} from 'vitest'
import type {ForeignFlowChange, OpenFlowConnection} from '../../src/datapath/openflow/connection.ts'
import {parseFlow, printFlow} from '../../src/datapath/openflow/text.ts'
import {connectedSwitch} from './connected-switch.ts'
import type {TestSwitch} from './open-vswitch.ts'

let ovs: TestSwitch
let connection: OpenFlowConnection
let changes: ForeignFlowChange[]
const connected = connectedSwitch()
beforeAll(() => {
  ;({ovs, connection} = connected())
})
beforeEach(async () => {
  await ovs.ofctl('del-flows')
  changes = []
})

/** Every change up to now: the switch tells of a change before it answers the next barrier. */
async function told(): Promise<string[]> {
  await connection.barrier()
  return changes.map((change) => {
    if (change.event === 'unknown') return 'unknown'
    const reason = change.event === 'removed' ? ` (${change.reason})` : ''
    return `${change.event}${reason} ${change.table}: ${printFlow(change.flow)}`
  })
}

const watch = async (): Promise<Disposable> => connection.watchFlows((change) => changes.push(change))

test('what another connection adds, changes and removes is told with the whole flow', async () => {
  using watching = await watch()
  await ovs.ofctl('add-flow', 'cookie=7,table=16,priority=200,ip,nw_dst=10.244.2.0/24,actions=goto_table:18')
  await ovs.ofctl('add-flow', 'cookie=7,table=16,priority=200,ip,nw_dst=10.244.2.0/24,actions=NORMAL')
  await ovs.ofctl('mod-flows', 'table=16,ip,nw_dst=10.244.2.0/24,actions=IN_PORT')
  await ovs.ofctl('del-flows', 'table=16')
  const flow = 'cookie=0x7, table=16, priority=200,ip,nw_dst=10.244.2.0/24 actions'
  expect(await told()).toEqual([
    `added 16: ${flow}=goto_table:18`,
    `added 16: ${flow}=NORMAL`,
    `modified 16: ${flow}=IN_PORT`,
    `removed (delete) 16: ${flow}=IN_PORT`,
  ])
  watching[Symbol.dispose]()
  await ovs.ofctl('add-flow', 'table=16,actions=drop')
  expect(await told()).toHaveLength(4)
})

test('what we change ourselves is not told, beside a foreign change it neither hides it', async () => {
  using _watching = await watch()
  const ours = Array.from({length: 3000}, (_, index) => parseFlow(`table=9,priority=${index},ip actions=drop`))
  await connection.bundle({add: ours})
  expect(await told()).toEqual([])
  await ovs.ofctl('del-flows', '--strict', 'table=9,priority=1234,ip')
  await connection.bundle({remove: ours})
  expect(await told()).toEqual(['removed (delete) 9: table=9, priority=1234,ip actions=drop'])
})

test('two watchers are told alike, and the end of one is not the end of the other', async () => {
  const second: string[] = []
  using _watching = await watch()
  {
    using _other = await connection.watchFlows(({event}) => second.push(event))
    await ovs.ofctl('add-flow', 'table=3,actions=drop')
    await connection.barrier()
  }
  await connection.barrier()
  await ovs.ofctl('del-flows', 'table=3')
  expect((await told()).map((line) => line.split(' ')[0])).toEqual(['added', 'removed'])
  expect(second).toEqual(['added'])
})

test('a flow that ends by its timeout is told with this reason', async () => {
  using _watching = await watch()
  await ovs.ofctl('add-flow', 'table=3,hard_timeout=1,actions=drop')
  while (changes.length < 2) await ovs.ofctl('dump-flows', 'table=3')
  expect(await told()).toEqual(['added 3: table=3, actions=drop', 'removed (hardTimeout) 3: table=3, actions=drop'])
})

test('more changes than the switch keeps for us are told as unknown', async () => {
  using _watching = await watch()
  const lines = Array.from({length: 20_000}, (_, index) => `table=20,priority=${index},actions=drop`).join('\n')
  // Synchronous, so that we do not read meanwhile: the switch has to keep what it wants to tell.
  const args = ['-O', 'OpenFlow15', 'add-flows', `unix:${ovs.openflowSocket}`, '-']
  expect(spawnSync('ovs-ofctl', args, {input: lines, env: {...process.env, OVS_RUNDIR: ovs.runDir}}).status).toBe(0)
  await told()
  // Its last word is "unknown" as well: from here on all is told again.
  while (changes.filter(({event}) => event === 'unknown').length < 2) await connection.barrier()
  expect(changes.at(-1)).toEqual({event: 'unknown'})
  expect(changes.filter(({event}) => event === 'added').length).toBeLessThan(20_000)
  await ovs.ofctl('add-flow', 'table=21,actions=drop')
  expect((await told()).at(-1)).toBe('added 21: table=21, actions=drop')
})
