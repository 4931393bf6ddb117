import {expect, test} from 'vitest'
import {openDrift} from '../../src/agent/api/drift.ts'
import {readiness} from '../../src/agent/api/readiness.ts'
import {Datapath} from '../../src/agent/datapath.ts'
import {withOwnerInWords} from '../../src/agent/owner-words.ts'
import {type AgentState, openStore} from '../../src/agent/state.ts'
import {effectiveConfig} from '../../src/model/agent-config.ts'
import {exampleNetwork, exampleNodes} from '../pipeline/example.ts'
import {FakeNode} from './fake-node.ts'

const network = exampleNetwork()
const state: AgentState = {
  ...openStore().now(),
  wiring: network.wiring,
  nodes: exampleNodes,
  pods: network.pods,
  loaded: {hash: 'abc', ...effectiveConfig({text: 'trafficEncapMode: encap'})},
}

test('what is missing, extra and different, with the owner in words', async () => {
  const node = new FakeNode()
  const datapath = new Datapath(node.hands)
  await datapath.converge(network)
  const drift = openDrift({now: () => state, datapath: () => datapath})
  expect(await drift()).toMatchObject({total: 0, deviations: []})

  for (const [key, flow] of node.flows) if (flow.match['nw_dst'] === '10.244.1.2') node.flows.delete(key)
  node.routes = node.routes.map((route) => (route.to === '10.244.3.0/24' ? {...route, via: '172.30.1.99'} : route))
  node.sysctls.set('net/ipv4/ip_forward', '0')
  node.guards.add('eth7')
  const {total, deviations} = await drift()
  expect(total).toBe(5)
  expect(deviations.map((row) => ({...row, what: row.what.replace(/ actions=.*/u, '')}))).toEqual([
    {
      kind: 'flow',
      problem: 'missing',
      what: 'cookie=0x1040af40102, table=21, priority=206,ip,reg0=0x200/0x200,nw_dst=10.244.1.2',
      owner: 'Pod default/client',
    },
    {
      kind: 'flow',
      problem: 'missing',
      what: 'cookie=0x1040af40102, table=21, priority=206,ip,reg0=0x3/0xf,dl_dst=0a:58:0a:f4:01:01,nw_dst=10.244.1.2',
      owner: 'Pod default/client',
    },
    {
      kind: 'route',
      problem: 'different',
      what: '10.244.3.0/24 via 10.244.3.1 dev antrea-gw0 mtu 1450 table 168',
      found: '10.244.3.0/24 via 172.30.1.99 dev antrea-gw0 mtu 1450 table 168',
      owner: 'Node n3 (10.244.3.0/24)',
    },
    {kind: 'guard', problem: 'extra', what: 'eth7', owner: 'nobody'},
    {
      kind: 'sysctl',
      problem: 'different',
      what: 'net/ipv4/ip_forward = 1',
      found: 'net/ipv4/ip_forward = 0',
      owner: 'every Node',
    },
  ])
})

test('who asks at the same time shares one look at the machine', async () => {
  const node = new FakeNode()
  const datapath = new Datapath(node.hands)
  await datapath.converge(network)
  node.asked.length = 0
  const drift = openDrift({now: () => state, datapath: () => datapath})
  await Promise.all([drift(), drift(), drift()])
  expect(node.asked).toHaveLength(1)
  await drift()
  expect(node.asked).toHaveLength(2)
})

test('before the first pass there is nothing to compare with', async () => {
  const drift = openDrift({now: () => state, datapath: () => new Datapath(new FakeNode().hands)})
  await expect(drift()).rejects.toThrow('not installed yet')
})

test.each([
  ['pod/10.244.1.2', 'Pod default/client'],
  ['pod/10.244.1.77', 'a Pod that is gone (10.244.1.77)'],
  ['peer/10.244.2.0/24', 'Node n2 (10.244.2.0/24)'],
  ['peer/10.244.2.0', 'Node n2 (10.244.2.0/24)'],
  ['tunnel/172.30.1.12', 'Node n2 (172.30.1.12)'],
  ['tunnel/172.30.1.99', 'a Node that is gone (172.30.1.99)'],
  ['base', 'every Node'],
  ['peer/10.244.2.0/24, peer/10.244.3.0/24', 'Node n2 (10.244.2.0/24), Node n3 (10.244.3.0/24)'],
  ['nobody', 'nobody'],
])('owner %s in words', (owner, words) => {
  expect(withOwnerInWords({kind: 'flow', problem: 'extra', what: '', owner}, network).owner).toBe(words)
})

test('ready is forwarding; what is only a matter of people is not asked', () => {
  const well = {
    ...state,
    configTrouble: undefined,
    ovsdbTrouble: undefined,
    openflowTrouble: undefined,
    dataplaneTrouble: undefined,
  }
  expect(readiness(well)).toEqual({body: 'ok'})
  expect(readiness({...well, contested: 'somebody', apiTrouble: 'away'})).toEqual({body: 'ok'})
  expect(readiness({...well, wiringTrouble: 'flow-restore-wait', dataplaneTrouble: 'no route'})).toEqual({
    status: 503,
    body: 'bridges and ports: flow-restore-wait\nflows and routes: no route',
  })
  for (const name of ['configTrouble', 'ovsdbTrouble', 'openflowTrouble', 'dataplaneTrouble', 'wiringTrouble'] as const)
    expect(readiness({...well, [name]: 'something'}).status).toBe(503)
})
