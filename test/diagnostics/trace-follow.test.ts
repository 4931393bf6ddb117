import {describe, expect, test} from 'vitest'
import {parseIp} from '../../src/model/address.ts'
import type {KernelRoute, PodInterface} from '../../src/model/agent-api.ts'
import type {TraceRequest} from '../../src/model/trace.ts'
import {underlayOf} from '../../src/diagnostics/paths/underlay.ts'
import {followPacket, type Stop, type TraceSources} from '../../src/diagnostics/trace/follow.ts'
import {fourAgents} from './agents.ts'

/** Traces of a cluster, as their text: by Node and port of entry ('' where the source Pod sends). */
type Texts = Readonly<Record<string, string>>

const l3 = (peer: number, actions: string) =>
  `21. ip,nw_dst=10.244.${peer}.0/24, priority 200\n    ${actions.replaceAll(';', '\n    ')}`
const traced = (tables: string, rest: {final?: string; flow?: string; datapath?: string} = {}) =>
  `Flow: ip,in_port=${rest.flow ?? '1'}\n\nbridge("br-int")\n----\n${tables}\n\nFinal flow: ${rest.final ?? 'unchanged'}\nMegaflow: x\nDatapath actions: ${rest.datapath ?? '5'}\n`
const output = (port: number) => `36. priority 200\n    output:NXM_NX_REG1[]\n     -> output port is ${port}`
const toTunnel = (ip: string, peer: number) =>
  traced(
    `${l3(peer, `set_field:${ip}->tun_dst;set_field:0x10/0xf0->reg0`)}\n${output(32_768)}\n     >> Not tunneling to our own address`,
    {
      final: `ip,tun_src=0.0.0.0,tun_dst=${ip},in_port=1`,
      datapath: 'drop',
    },
  )
const toGateway = (peer: number) => traced(`${l3(peer, 'set_field:0x20/0xf0->reg0')}\n${output(32_769)}`)
const toPod = (flow = '1') => traced(output(7), {flow})

const request = (to: number, ip = `10.244.${to}.2`): TraceRequest => ({
  source: {ip: parseIp('10.244.1.2'), node: 'n1', pod: {namespace: 'default', name: 'a'}},
  destination: {ip: parseIp(ip), node: `n${to}`, pod: {namespace: 'default', name: 'b'}},
})
const onlink = (peer: number): KernelRoute => ({
  to: `10.244.${peer}.0/24`,
  via: `10.244.${peer}.1`,
  dev: 'antrea-gw0',
  onlink: true,
})
const direct = (peer: number, via: string): KernelRoute => ({to: `10.244.${peer}.0/24`, via, dev: 'br-phy'})
const pod: PodInterface = {
  name: 'b',
  podNamespace: 'default',
  interfaceName: 'b-1a2b3c',
  ips: [],
  mac: '',
  portUUID: '',
  ofPort: 7,
  containerID: '',
}

function sources(
  texts: Texts,
  routes: readonly KernelRoute[] | 'hidden' = [],
  asked: [string, Stop][] = [],
): TraceSources {
  return {
    underlay: underlayOf(fourAgents),
    trace: async (node, query) => {
      asked.push([node, query])
      const text = texts[`${node} ${query.port ?? ''}`.trim()]
      if (text === undefined) throw new Error(`no trace for ${node} by ${query.port ?? 'the Pod'}`)
      return text
    },
    routes: async () => (routes === 'hidden' ? undefined : routes),
    podInterfaces: async () => [pod],
    tableName: (_node, id) => ({21: 'L3Forwarding', 36: 'Output'})[id],
  }
}

describe('verdicts', () => {
  test('the same Node', async () => {
    const trace = await followPacket(request(1), sources({n1: toPod()}))
    expect(trace.verdict).toBe('same-node')
    expect(trace.hops).toHaveLength(1)
  })

  test('through the tunnel, followed on the other Node', async () => {
    const asked: [string, Stop][] = []
    const trace = await followPacket(
      request(3),
      sources({n1: toTunnel('172.30.2.13', 3), 'n3 antrea-tun0': toPod('32768')}, [], asked),
    )
    expect(trace.verdict).toBe('tunnelled')
    expect(trace.reason).toBe(
      'n1: L3Forwarding priority 200 ip,nw_dst=10.244.3.0/24 sends it into the tunnel to 172.30.2.13, which is n3; ' +
        'n3: Output priority 200 delivers it to default/b',
    )
    expect(asked).toEqual([
      ['n1', {source: 'default/a', destination: '10.244.3.2'}],
      ['n3', {port: 'antrea-tun0', source: '10.244.1.2', destination: 'default/b'}],
    ])
  })

  test('routed, by the kernel of the source Node', async () => {
    const trace = await followPacket(
      request(2),
      sources({n1: toGateway(2), 'n2 antrea-gw0': toPod('32769')}, [direct(2, '172.30.1.12')]),
    )
    expect(trace.verdict).toBe('routed')
    expect(trace.hops[0]?.route).toEqual(direct(2, '172.30.1.12'))
    expect(trace.reason).toMatch(/route 10\.244\.2\.0\/24 via 172\.30\.1\.12 dev br-phy leads to n2/u)
  })

  test('left to a router that is no Node: nobody asked knows whether it arrives', async () => {
    const texts = {n1: toGateway(2), 'n2 antrea-gw0': toPod('32769')}
    const trace = await followPacket(request(2), sources(texts, [direct(2, '172.30.1.1')]))
    expect(trace.verdict).toBe('unknown')
    expect(trace.reason).toMatch(/leaves it to the router 172\.30\.1\.1; n2: .* if the router before it knows the way/u)
  })

  test('left to the default route, where that is the way to the Node itself: its router may know', async () => {
    const texts = {n1: toGateway(3), 'n3 antrea-gw0': toPod('32769')}
    const routes = [{to: 'default', via: '172.30.1.1', dev: 'br-phy'}]
    const trace = await followPacket(request(3), sources(texts, routes))
    expect(trace.verdict).toBe('unknown')
    expect(trace.reason).toMatch(/leaves it to the router 172\.30\.1\.1/u)
  })

  test('the flow says gateway, the route goes back into the bridge, and that one tunnels', async () => {
    const texts = {n1: toGateway(3), 'n1 antrea-gw0': toTunnel('172.30.2.13', 3), 'n3 antrea-tun0': toPod('32768')}
    const trace = await followPacket(request(3), sources(texts, [onlink(3)]))
    expect(trace.verdict).toBe('tunnelled')
    expect(trace.reason).toMatch(/sends it back into the bridge; n1: L3Forwarding .* sends it into the tunnel/u)
  })
})

describe('faults', () => {
  test.each([
    [
      'a route to the wrong Node',
      {n1: toGateway(2)},
      [direct(2, '172.30.2.13')],
      'broken',
      /leads to n3, but 10\.244\.2\.2 is on n2/u,
    ],
    ['no route at all', {n1: toGateway(2)}, [], 'broken', /kernel of n1 has no route/u],
    [
      'only the default route',
      {n1: toGateway(2)},
      [
        {to: 'default', via: '172.31.1.1', dev: 'eth0'},
        {to: '172.30.1.0/24', dev: 'br-phy'},
      ],
      'broken',
      /no route of its own/u,
    ],
    [
      'a tunnel to the wrong Node',
      {n1: toTunnel('172.30.2.14', 2)},
      [],
      'broken',
      /which is n4, but 10\.244\.2\.2 is on n2/u,
    ],
    ['a tunnel to nobody', {n1: toTunnel('192.0.2.1', 2)}, [], 'broken', /no Node's transport address/u],
    [
      'a planted drop',
      {n1: traced('21. ip,nw_dst=10.244.2.0/24, priority 300\n    drop', {datapath: 'drop'})},
      [],
      'dropped',
      /L3Forwarding: the flow "priority 300/u,
    ],
    ['a loop', {n1: toGateway(2), 'n1 antrea-gw0': toGateway(2)}, [onlink(2)], 'broken', /a loop/u],
    ['the wrong Pod', {n1: traced(output(9))}, [], 'broken', /hands it to port 9, which is not default\/b/u],
    [
      'routes that the agent does not tell',
      {n1: toGateway(2)},
      'hidden',
      'unknown',
      /does not tell the kernel's routes/u,
    ],
  ] as const)('%s', async (_name, texts, routes, verdict, reason) => {
    const trace = await followPacket(request(2), sources(texts, routes))
    expect(trace.verdict).toBe(verdict)
    expect(trace.reason).toMatch(reason)
  })
})

test('an address outside leaves through the Node', async () => {
  const outside: TraceRequest = {...request(2), destination: {ip: parseIp('203.0.113.10')}}
  const trace = await followPacket(
    outside,
    sources({n1: toGateway(0)}, [{to: 'default', via: '172.31.1.1', dev: 'eth0'}]),
  )
  expect(trace.verdict).toBe('outside')
})
