import {describe, expect, test} from 'vitest'
import {parseIp} from '../../src/model/address.ts'
import type {TraceRequest, TraceVerdict} from '../../src/model/trace.ts'
import type {Stop} from '../../src/diagnostics/trace/sources.ts'
import {tracePacket} from '../../src/diagnostics/trace/trace-packet.ts'
import {plainTheme} from '../../src/ui/theme.ts'
import {traceLines} from '../../src/ui/trace-view.ts'
import {faultsOf, publishedSchema} from '../json-schema.ts'
import {
  direct,
  onlink,
  output,
  podB,
  request,
  sourcesOf,
  toGateway,
  toPod,
  toTunnel,
  traced,
  type World,
} from './trace-world.ts'

const answers =
  (ms = 0.4) =>
  () => ({roundTrip: ms})
const silent = () => ({})

/** Worlds in which everything is well. */
const tunnelled: World = {
  texts: {
    n1: toTunnel('172.30.2.13', 3),
    'n3 antrea-tun0': toPod(),
    'n3 reply': toTunnel('172.30.1.11', 1),
    'n1 antrea-tun0 reply': toPod('a'),
  },
  routes: [onlink(1), onlink(3)],
  echo: answers(),
}
const routed: World = {
  texts: {n1: toGateway(2), 'n2 antrea-gw0': toPod(), 'n2 reply': toGateway(1), 'n1 antrea-gw0 reply': toPod('a')},
  routesOf: {n1: [direct(2, '172.30.1.12')], n2: [direct(1, '172.30.1.11')]},
  echo: answers(),
}
const byFabric: World = {
  texts: {n1: toGateway(3), 'n3 antrea-gw0': toPod(), 'n3 reply': toGateway(1), 'n1 antrea-gw0 reply': toPod('a')},
  routesOf: {n1: [direct(3, '172.30.1.1')], n3: [direct(1, '172.30.2.1')]},
}
const serviceRequest: TraceRequest = request(3, {
  service: {
    name: 'default/web',
    ip: parseIp('10.96.0.5'),
    port: 80,
    protocol: 'tcp',
    endpoints: [{...podB(3), port: 7000}],
  },
  destinations: [{...podB(3), port: 7000}],
  flow: 'tcp,tcp_dst=80',
})
const service: World = {
  texts: {
    n1: toGateway(3),
    'n1 antrea-gw0': toTunnel('172.30.2.13', 3),
    'n3 antrea-tun0': toPod(),
    'n3 reply': toTunnel('172.30.1.11', 1),
    'n1 antrea-tun0 reply': toGateway(1),
    'n1 antrea-gw0 reply': toPod('a'),
  },
  routes: [onlink(1), onlink(3)],
  service: {program: 'iptables', rules: ['-A KUBE-SVC -j DNAT'], endpoints: ['10.244.3.7:7000']},
}
const outside: TraceRequest = request(2, {destinations: [{ip: parseIp('203.0.113.10')}]})
const fromOutside: TraceRequest = request(3, {source: {ip: parseIp('203.0.113.10')}})
const fromNode: TraceRequest = request(3, {source: {ip: parseIp('172.30.1.11'), node: 'n1', host: true}})
const toNode: TraceRequest = request(3, {destinations: [{ip: parseIp('172.30.2.13'), node: 'n3', host: true}]})

describe.each<[string, TraceRequest, World, TraceVerdict, RegExp]>([
  ['the same Node', request(1), {texts: {n1: toPod(), 'n1 reply': toPod('a')}}, 'same-node', /hands it to b-1a2b3c/u],
  [
    'through the tunnel',
    request(3),
    tunnelled,
    'tunnelled',
    /into the tunnel to 172\.30\.2\.13; n1 to n3.*84 and 1450 bytes come through/u,
  ],
  ['routed', request(2), routed, 'routed', /route 10\.244\.2\.0\/24 via 172\.30\.1\.12 dev br-phy/u],
  ['by a router that may know the way', request(3), byFabric, 'unknown', /leaves it to the router 172\.30\.1\.1/u],
  [
    'by a router that does know it',
    request(3),
    {...byFabric, echo: answers()},
    'routed',
    /by the router 172\.30\.1\.1: packets/u,
  ],
  [
    'to a Service',
    serviceRequest,
    service,
    'tunnelled',
    /turns the Service 10\.96\.0\.5 into its endpoint 10\.244\.3\.7:7000 \(iptables\)/u,
  ],
  [
    'out of the cluster',
    outside,
    {texts: {n1: toGateway(0), 'n1 antrea-gw0 reply': toPod('a')}},
    'outside',
    /puts 172\.31\.1\.11 in the place of 10\.244\.1\.2/u,
  ],
  [
    'from outside',
    fromOutside,
    {texts: {'n3 antrea-gw0': toPod(), 'n3 reply': toGateway(0)}},
    'inbound',
    /kernel of n3 sends it into the bridge/u,
  ],
  [
    'from a Node',
    fromNode,
    {
      ...tunnelled,
      texts: {...tunnelled.texts, 'n1 antrea-gw0': toTunnel('172.30.2.13', 3), 'n1 antrea-tun0 reply': toGateway(1)},
    },
    'tunnelled',
    /kernel of n1 sends it into the bridge/u,
  ],
  [
    'to a Node',
    toNode,
    {texts: {n1: toGateway(0), 'n1 antrea-gw0 reply': toPod('a')}},
    'routed',
    /kernel of n3 takes it for its own/u,
  ],
])('%s', (_name, asked, world, verdict, reason) => {
  test('verdict and reason', async () => {
    const trace = await tracePacket(asked, sourcesOf(world))
    expect([trace.verdict, trace.reason]).toEqual([verdict, expect.stringMatching(reason)])
  })
  test('as the published schema has it', async () => {
    const trace: unknown = JSON.parse(JSON.stringify(await tracePacket(asked, sourcesOf(world))))
    expect(faultsOf(trace, publishedSchema('trace'))).toEqual([])
  })
})

describe('faults', () => {
  test.each<[string, TraceRequest, World, TraceVerdict, RegExp]>([
    [
      'a planted drop',
      request(2),
      {texts: {n1: traced('21. ip, priority 300\n    drop', {datapath: 'drop'})}},
      'dropped',
      /L3Forwarding: the flow "priority 300/u,
    ],
    [
      'a route to the wrong Node',
      request(2),
      {...routed, routesOf: {n1: [direct(2, '172.30.2.13')]}},
      'no-route',
      /leads to n3, but 10\.244\.2\.7 is on n2/u,
    ],
    ['no route but the default one', request(2), {...routed, routesOf: {}}, 'no-route', /no route of its own/u],
    [
      'a black hole',
      request(2),
      {
        ...routed,
        kernel: (node, way, {in: by}) => (node === 'n1' && by === 'gateway' ? {...way, refusal: 'EINVAL'} : way),
      },
      'no-route',
      /blackhole/u,
    ],
    [
      'a filter of sources',
      request(2),
      {
        ...routed,
        kernel: (node, way, {in: by}) => (node === 'n2' && by === 'transport' ? {...way, refusal: 'EXDEV'} : way),
      },
      'dropped',
      /rp_filter/u,
    ],
    [
      'a tunnel to the wrong Node',
      request(2),
      {texts: {n1: toTunnel('172.30.2.14', 2)}},
      'broken',
      /is n4, but 10\.244\.2\.7 is on n2/u,
    ],
    [
      'a tunnel to nobody',
      request(2),
      {texts: {n1: toTunnel('192.0.2.1', 2)}},
      'broken',
      /no Node's transport address/u,
    ],
    [
      'a loop',
      request(2),
      {texts: {n1: toGateway(2), 'n1 antrea-gw0': toGateway(2)}, routes: [onlink(2)]},
      'broken',
      /a loop/u,
    ],
    ['the wrong Pod', request(2), {texts: {n1: traced(output(9))}}, 'broken', /port 9 is not default\/b/u],
    [
      'a wrong neighbour',
      request(2),
      {
        ...routed,
        kernel: (node, way) =>
          node === 'n1' && way.neighbour !== undefined ? {...way, neighbour: {...way.neighbour, mac: '02:de:ad'}} : way,
      },
      'wrong-neighbour',
      /sends to 02:de:ad for 172\.30\.1\.12, but n2 has/u,
    ],
    [
      'a silent neighbour',
      request(3),
      {
        ...tunnelled,
        kernel: (node, way) =>
          node === 'n1' && way.neighbour !== undefined ? {...way, neighbour: {ip: '172.30.1.1'}} : way,
      },
      'wrong-neighbour',
      /nobody answers n1 for 172\.30\.1\.1/u,
    ],
    [
      'a cable that is out',
      request(3),
      {
        ...tunnelled,
        kernel: (node, way) =>
          node === 'n3' ? {...way, transport: {...way.transport, nic: {...way.transport.nic, carrier: false}}} : way,
      },
      'link-down',
      /eth1 of n3 is down: its cable is out/u,
    ],
    ['a cut that nobody sees', request(3), {...tunnelled, echo: silent}, 'lost', /do not reach each other/u],
    [
      'a router without the way',
      request(3),
      {...byFabric, echo: () => ({said: '172.30.1.1 says: no route to that network'})},
      'no-route',
      /172\.30\.1\.1 says/u,
    ],
    [
      'a narrow link of the Node',
      request(3),
      {
        ...tunnelled,
        kernel: (_, way) => ({...way, transport: {...way.transport, nic: {...way.transport.nic, mtu: 1400}}}),
      },
      'mtu',
      /up to 1450 bytes and 50 of the tunnel, eth1 takes 1400/u,
    ],
    [
      'a narrow link between them',
      request(3),
      {...tunnelled, echo: (bytes) => (bytes < 1400 ? {roundTrip: 1} : {})},
      'mtu',
      /84 bytes come through, 1450 do not/u,
    ],
    [
      'an answer by another way',
      request(2),
      {...routed, texts: {...routed.texts, 'n2 reply': toTunnel('172.30.1.11', 1), 'n1 antrea-tun0 reply': toPod('a')}},
      'asymmetric',
      /there: routed; back: tunnelled/u,
    ],
    [
      'an answer that is dropped',
      request(2),
      {...routed, texts: {...routed.texts, 'n2 reply': traced('21. ip, priority 300\n    drop', {datapath: 'drop'})}},
      'unanswered',
      /the answer: n2: drops it/u,
    ],
    [
      'a way back that is missing explains why nobody answers',
      request(2),
      {...routed, echo: silent, routesOf: {n1: [direct(2, '172.30.1.12')]}},
      'unanswered',
      /the answer: .*no route of its own/u,
    ],
    [
      'a Service that kube-proxy does not know',
      serviceRequest,
      {...service, service: {rules: [], endpoints: []}},
      'no-route',
      /kube-proxy has put no rule there/u,
    ],
    [
      'an endpoint that kube-proxy does not know',
      serviceRequest,
      {...service, service: {program: 'iptables', rules: [], endpoints: ['10.244.4.9:7000']}},
      'no-route',
      /does not know 10\.244\.3\.7:7000: kube-proxy's rules lead to 10\.244\.4\.9:7000/u,
    ],
  ])('%s', async (_name, asked, world, verdict, reason) => {
    const trace = await tracePacket(asked, sourcesOf(world))
    expect([trace.verdict, trace.reason]).toEqual([verdict, expect.stringMatching(reason)])
    expect(faultsOf(JSON.parse(JSON.stringify(trace)), publishedSchema('trace'))).toEqual([])
  })
})

describe('what is asked of the Nodes', () => {
  test('there as the first packet, back as the answer to the connection that each bridge knows', async () => {
    const asked: [string, Stop][] = []
    const committed = (text: string) =>
      `${text}\nFlow: ct_state=new|trk,ct_zone=65520,ct_mark=0x3,ip,in_port=1\n\nbridge("br-int")\n----\n${output(32_768)}\n\nFinal flow: ip,tun_src=0.0.0.0,tun_dst=172.30.2.13\nDatapath actions: drop\n`
    const first = toTunnel('172.30.2.13', 3).replace('36.', '34. priority 200\n    ct(commit,table=36)\n36.')
    await tracePacket(request(3), sourcesOf({...tunnelled, asked, texts: {...tunnelled.texts, n1: committed(first)}}))
    expect(asked).toEqual([
      ['n1', {source: 'default/a', destination: '10.244.3.7'}],
      ['n3', {port: 'antrea-tun0', source: '10.244.1.2', destination: 'default/b'}],
      ['n3', {source: 'default/b', destination: '10.244.1.2', connection: 'unseen'}],
      [
        'n1',
        {port: 'antrea-tun0', source: '10.244.3.7', destination: 'default/a', connection: 'established', mark: '0x3'},
      ],
    ])
  })
  test('of upstream no state of connections; what its kernel does is not believed', async () => {
    const world: World = {
      texts: {n1: toGateway(2), 'n2 antrea-gw0': toPod(), n2: toGateway(1), 'n1 antrea-gw0': toPod('a')},
      isUpstream: true,
    }
    const trace = await tracePacket(request(2), sourcesOf(world))
    expect(trace.verdict).toBe('unknown')
    expect(trace.reason).toMatch(
      /does not tell the kernel's routes; from here it can only be assumed that it comes to n2/u,
    )
    expect(trace.notes).toHaveLength(2)
    expect(trace.notes[0]).toMatch(/agent of n1 is upstream's/u)
  })
  test('of a Service, the ports as kube-proxy turns them', async () => {
    const asked: [string, Stop][] = []
    await tracePacket(serviceRequest, sourcesOf({...service, asked}))
    expect(asked.map(([node, {flow}]) => `${node} ${flow}`)).toEqual([
      'n1 tcp,tcp_dst=80',
      'n1 tcp,tcp_dst=7000',
      'n3 tcp,tcp_dst=7000',
      'n3 tcp,tcp_src=7000',
      'n1 tcp,tcp_src=7000',
      'n1 tcp,tcp_src=80',
    ])
  })
})

describe('as a story', () => {
  const asks = (table: string) =>
    table === 'L3Forwarding' ? 'Local Pod, tunnel, or the route of the Node?' : undefined
  test.each<[string, TraceRequest, World, number | undefined, boolean]>([
    ['tunnelled', request(3), tunnelled, 80, false],
    ['every-table', request(3), tunnelled, 80, true],
    ['routed-wide', request(2), routed, 200, false],
    ['service', serviceRequest, service, 80, false],
    ['lost', request(3), {...tunnelled, echo: silent}, 80, false],
    ['narrow', request(2), routed, 40, false],
    ['piped', request(1), {texts: {n1: toPod(), 'n1 reply': toPod('a')}}, undefined, false],
  ])('%s', async (name, asked, world, width, every) => {
    const trace = await tracePacket(asked, sourcesOf(world))
    const lines = traceLines(trace, {theme: plainTheme, width, asks, every})
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../golden/trace-${name}.txt`)
  })
})
