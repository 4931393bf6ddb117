import {afterAll, beforeAll, expect, test} from 'vitest'
import {connectOpenFlow, type OpenFlowConnection} from '../../src/datapath/openflow/connection.ts'
import {parseGroup} from '../../src/datapath/openflow/group-text.ts'
import type {Meter} from '../../src/datapath/openflow/meter.ts'
import {parseFlow} from '../../src/datapath/openflow/text.ts'
import {hostSettings} from '../../src/datapath/host/state.ts'
import {apply} from '../../src/datapath/plan/apply.ts'
import {planSteps} from '../../src/datapath/plan/changes.ts'
import {compare, type Observed} from '../../src/datapath/plan/compare.ts'
import {describe as describeStep} from '../../src/datapath/plan/describe.ts'
import {Ledger, type Slice} from '../../src/datapath/plan/ledger.ts'
import {FakeNode} from '../agent/fake-node.ts'
import {exampleNetwork} from '../pipeline/example.ts'
import {finish} from '../plan/ledger-of.ts'
import {startOpenvSwitch, type TestSwitch} from './open-vswitch.ts'

const settings = hostSettings(exampleNetwork())
const ledger = new Ledger()
let ovs: TestSwitch
let openflow: OpenFlowConnection

beforeAll(async () => {
  ovs = await startOpenvSwitch()
  openflow = await connectOpenFlow(ovs.openflowSocket)
})
afterAll(async () => {
  openflow.close()
  await ovs[Symbol.asyncDispose]()
})

const service = (id: number, ...ports: readonly number[]): Slice => ({
  groups: [
    parseGroup(
      `group_id=${id},type=select,${ports.map((port, at) => `bucket=bucket_id:${at},weight:1,actions=output:${port}`).join(',')}`,
    ),
  ],
  flows: [parseFlow(`table=20,priority=200,ip,nw_dst=10.96.0.${id} actions=group:${id}`)],
})
const limit: Meter = {id: 3, unit: 'pktps', rate: 100, burst: 50}
const limited: Slice = {meters: [limit], flows: [parseFlow('table=21,priority=9,ip actions=meter:3,goto_table:22')]}

test('groups and meters come before the flows that point to them, and go after', async () => {
  ledger.put('service/a', service(1, 4, 5))
  ledger.put('service/b', service(2, 6))
  ledger.put('limit', limited)
  expect(await change()).toEqual(['put the meters 3', 'change flows: 3 put, 0 removed; groups: 2 put, 0 removed'])
  expect((await openflow.dumpFlows()).length).toBe(3)
  ledger.put('service/a', {})
  ledger.put('limit', {})
  expect(await change()).toEqual(['change flows: 0 put, 2 removed; groups: 0 put, 1 removed', 'remove the meters 3'])
  expect(await picture()).not.toContain('group_id=1')
  expect(await openflow.dumpMeters()).toEqual([])
})

test('other ends of a group change the group and no flow', async () => {
  ledger.put('service/b', service(2, 6, 7))
  expect(await change()).toEqual(['change flows: 0 put, 0 removed; groups: 1 put, 0 removed'])
  expect(await picture()).toContain('output:7')
})

test('what is there after a restart of this process is taken as it is', async () => {
  ledger.put('limit', limited)
  await change()
  const successor = new Ledger()
  successor.put('service/b', service(2, 6, 7))
  successor.put('limit', limited)
  expect(await change(await observe(), successor)).toEqual([])
})

test('ovs-vswitchd killed, or a group taken away with its flows: all is back, word by word', async () => {
  const before = await picture()
  await ovs.ofctl('del-groups')
  expect(await picture()).not.toBe(before)
  expect(await change(await observe())).toEqual(['change flows: 1 put, 0 removed; groups: 1 put, 0 removed'])
  expect(await picture()).toBe(before)
  await ovs.ofctl('del-meters')
  expect(await change(await observe())).toEqual(['put the meters 3', 'change flows: 1 put, 0 removed'])
  expect(await picture()).toBe(before)
  await ovs.ofctl('add-group', 'group_id=99,type=all,bucket=actions=output:1')
  expect(await change(await observe())).toEqual(['change flows: 0 put, 0 removed; groups: 0 put, 1 removed'])
  expect(await picture()).toBe(before)
  await ovs.killSwitch()
  await ovs.startSwitch()
  openflow = await connectOpenFlow(ovs.openflowSocket)
  expect(await change(await observe())).toEqual([
    'put the meters 3',
    'change flows: 2 put, 0 removed; groups: 1 put, 0 removed',
  ])
  expect(await picture()).toBe(before)
})

/** What a pass does: the steps, made. */
async function change(observed: Observed = {}, of: Ledger = ledger): Promise<readonly string[]> {
  const changes = finish(compare({ledger: of, settings}, observed, of.take()))
  const steps = planSteps(changes, {
    underlay: [],
    isFabrics: () => false,
    isTunnelEndpoint: () => false,
    isDirect: false,
    directRoutes: () => [],
    tunnelWays: () => [],
    transportDevice: '',
  })
  await apply(steps, {...new FakeNode().hands.machine, openflow})
  return steps.map(describeStep)
}

async function observe(): Promise<Observed> {
  return {
    flows: await openflow.dumpFlows(),
    groups: await openflow.dumpGroups(),
    meters: await openflow.dumpMeters(),
  }
}

async function picture(): Promise<string> {
  const flows = (await ovs.ofctl('dump-flows', '--no-stats')).split('\n').toSorted()
  return [...flows, await ovs.ofctl('dump-groups'), await ovs.ofctl('dump-meters')]
    .join('\n')
    .replaceAll(/\(xid=\w+\)/gu, '')
}
