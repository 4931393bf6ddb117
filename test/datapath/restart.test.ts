import {afterAll, beforeAll, expect, test} from 'vitest'
import {Datapath} from '../../src/agent/datapath.ts'
import type {Hands} from '../../src/agent/hands.ts'
import {connectOpenFlow, type OpenFlowConnection} from '../../src/datapath/openflow/connection.ts'
import {describe as describeStep} from '../../src/datapath/plan/describe.ts'
import {podSlice} from '../../src/datapath/plan/owners.ts'
import {FakeNode} from '../agent/fake-node.ts'
import {exampleNetwork, examplePod} from '../pipeline/example.ts'
import {startOpenvSwitch, type TestSwitch} from './open-vswitch.ts'

const network = exampleNetwork({mode: 'hybrid'})
const flowsOfPod = podSlice(examplePod('late', 4, 5), network.wiring).flows?.length ?? 0
/** The kernel's part is values; the switch is real. */
const node = new FakeNode()
let ovs: TestSwitch

beforeAll(async () => {
  ovs = await startOpenvSwitch()
})
afterAll(() => ovs[Symbol.asyncDispose]())

test('the first start puts all flows, and the next one none', async () => {
  using openflow = await connectOpenFlow(ovs.openflowSocket)
  const {steps} = await new Datapath(handsOver(openflow)).converge(network)
  expect(steps.map(({kind}) => kind)).toContain('flows')
  expect((await picture()).split('\n').length).toBeGreaterThan(40)
  expect(await new Datapath(handsOver(openflow)).converge(network)).toEqual({steps: []})
})

test('a successor heard by another controller writes nothing to the switch', async () => {
  using openflow = await connectOpenFlow(ovs.openflowSocket)
  using other = await connectOpenFlow(ovs.openflowSocket)
  const heard: string[] = []
  using _watch = await other.watchFlows(({event}) => heard.push(event))
  await new Datapath(handsOver(openflow)).converge(network)
  await other.barrier()
  expect(heard).toEqual([])
  await new Datapath(handsOver(openflow)).converge({...network, pods: [...network.pods, examplePod('late', 4, 5)]})
  await new Datapath(handsOver(openflow)).converge(network)
  await other.barrier()
  expect(heard).toEqual([...Array<string>(flowsOfPod).fill('added'), ...Array<string>(flowsOfPod).fill('removed')])
})

test('ovs-vswitchd killed: a new one gets the very same flows', async () => {
  const before = await picture()
  await ovs.killSwitch()
  await ovs.startSwitch()
  expect(await picture()).not.toBe(before)
  using openflow = await connectOpenFlow(ovs.openflowSocket)
  await new Datapath(handsOver(openflow)).converge(network)
  expect(await picture()).toBe(before)
})

test('ovsdb-server killed: ovs-vswitchd listens to nobody without it; then nothing is lost and what was asked is done', async () => {
  const before = await picture()
  using openflow = await connectOpenFlow(ovs.openflowSocket)
  const datapath = new Datapath(handsOver(openflow))
  await datapath.converge(network)
  await ovs.killDatabase()
  const waiting = datapath.converge({...network, pods: network.pods.slice(1)})
  await ovs.startDatabase()
  expect((await waiting).steps.map(describeStep)).toContain(`change flows: 0 put, ${flowsOfPod} removed`)
  await datapath.converge(network)
  expect(await picture()).toBe(before)
})

test('a connection cut while flows are changed: the next datapath finds out what is there', async () => {
  const before = await picture()
  const openflow = await connectOpenFlow(ovs.openflowSocket)
  const datapath = new Datapath(handsOver(openflow))
  await datapath.converge(network)
  const failing = datapath.converge({...network, mode: 'encap'})
  openflow.close()
  await expect(failing).rejects.toMatchObject({code: 'OPENFLOW'})
  using again = await connectOpenFlow(ovs.openflowSocket)
  await new Datapath(handsOver(again)).converge(network)
  expect(await picture()).toBe(before)
})

function handsOver(openflow: OpenFlowConnection): Hands {
  return {
    machine: {...node.hands.machine, openflow},
    observe: async (wanted, settings) => ({
      ...(await node.hands.observe(wanted, settings)),
      ...(wanted.has('flows') && {
        flows: await openflow.dumpFlows(),
        groups: await openflow.dumpGroups(),
        meters: await openflow.dumpMeters(),
      }),
    }),
  }
}

/** Flows and groups in ovs-ofctl's words. */
async function picture(): Promise<string> {
  const flows = (await ovs.ofctl('dump-flows', '--no-stats')).split('\n').toSorted()
  return [...flows, await ovs.ofctl('dump-groups')].join('\n')
}
