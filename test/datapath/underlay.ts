import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {execa} from 'execa'
import {addressAt, gatewayOf, macFor, parseCidr, parseIp} from '../../src/model/address.ts'
import type {NodeNetwork, NodeWiring} from '../../src/model/node-network.ts'
import {names} from '../../src/model/names.ts'
import {podMtu} from '../../src/model/tunnel.ts'
import {type ClusterNode, peersOf} from '../../src/model/node.ts'
import type {LocalPod} from '../../src/model/pod.ts'
import {patience} from './patience.ts'
import {startSwitch, type NodeSwitch} from './node-switch.ts'
import {switchCommands} from './switch-commands.ts'

/** n1 and n2 share a subnet, n3 is behind the router; every Node has the Pods that the tests need. */
export const topology = [
  {name: 'n1', index: 1, transport: '172.30.1.11', router: '172.30.1.1', pods: ['p1a', 'p1b']},
  {name: 'n2', index: 2, transport: '172.30.1.12', router: '172.30.1.1', pods: ['p2a']},
  {name: 'n3', index: 3, transport: '172.30.2.13', router: '172.30.2.1', pods: ['p3a']},
] as const
export type NodeSpec = (typeof topology)[number]
export type PodSpec = NodeSpec['pods'][number]

/** The kernel's datapath is asked for by ANTCTL_TEST_DATAPATH=system; there the NIC keeps its addresses. */
export const datapath = process.env['ANTCTL_TEST_DATAPATH'] === 'system' ? 'system' : 'netdev'
export const transportDevice = datapath === 'system' ? 'eth1' : names.physicalBridge

/** Namespaces of this test, apart from any others of the machine. */
const prefix = 'antctl-dp'
export const router = `${prefix}-router`

/** A host behind the router that knows no podCIDR's Node but by the fabric. */
export const outside = '203.0.113.10'

/** A Service of the tests: every Node translates it as kube-proxy would. */
export const service = '10.96.0.10'
/** Port of the Service by the Pod behind it. */
export const servicePorts = {p1b: 7001, p2a: 7002, p3a: 7003} as const

export function namespaceOf(name: string): string {
  return `${prefix}-${name}`
}

export function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return execa(program, args, {env, timeout: 20_000 * patience})
}

export function inside(name: string, program: string, args: readonly string[]) {
  return ['netns', 'exec', namespaceOf(name), program, ...args]
}

export interface Underlay extends AsyncDisposable {
  readonly runDirOf: (node: string) => string
  readonly switchOf: (node: string) => NodeSwitch
}

/** Router, three Nodes with an Open vSwitch each, and Pods; all gone when it is disposed of. */
export async function startUnderlay(): Promise<Underlay> {
  await using undo = new AsyncDisposableStack()
  const switches = new Map<string, NodeSwitch>()
  const folder = await mkdtemp(join(tmpdir(), 'dp-'))
  undo.defer(() => rm(folder, {recursive: true, force: true}))
  const runDirOf = (node: string) => join(folder, node)
  const spaces = ['router', ...topology.flatMap(({name, pods}) => [name, ...pods])]
  // A run that was killed leaves its namespaces, and its switches in them.
  await removeSpaces(spaces)
  undo.defer(() => removeSpaces(spaces))
  await ip(spaces.map((space) => `netns add ${namespaceOf(space)}`))
  await routerLines()
  for (const node of topology) {
    await cableNode(node)
    const made = undo.use(await wireNode(node, runDirOf(node.name)))
    switches.set(node.name, made)
    for (const [at, pod] of node.pods.entries()) await cablePod(node, pod, at, made)
  }
  const done = undo.move()
  const switchOf = (node: string) => {
    const found = switches.get(node)
    if (found === undefined) throw new Error(`no Node ${node}`)
    return found
  }
  return {runDirOf, switchOf, [Symbol.asyncDispose]: () => done.disposeAsync()}
}

async function removeSpaces(spaces: readonly string[]): Promise<void> {
  for (const space of spaces) {
    const {stdout} = await execa('ip', ['netns', 'pids', namespaceOf(space)], {reject: false})
    for (const pid of stdout.split('\n').filter((line) => line !== '')) {
      await execa('kill', ['-KILL', pid], {reject: false})
    }
    await execa('ip', ['netns', 'del', namespaceOf(space)], {reject: false})
  }
}

/** What the agent of this Node would be told. */
export function networkOf(node: NodeSpec, change: Pick<NodeNetwork, 'mode'> & Partial<NodeNetwork>): NodeNetwork {
  const podCidr = podCidrOf(node)
  const gateway = gatewayOf(podCidr)
  const transport = [{ip: parseIp(node.transport), prefix: 24}]
  const wiring: NodeWiring = {
    node: node.name,
    podCidr,
    gateway: {ip: gateway, mac: macFor(gateway)},
    datapath,
    transportInterface: 'eth1',
    transportDevice,
    transport,
    transportMtu: 1500,
    tunnels: [{name: 'antrea-tun0', ofport: 32768, type: 'geneve', port: 6081, csum: false}],
  }
  const pods = node.pods.map((pod, at) => localPod(node, pod, at))
  return {
    wiring,
    noSNAT: false,
    snatFullyRandomPorts: false,
    tunnelMtu: 1450,
    podMtu: podMtu(
      {mode: change.mode, tunnelType: 'geneve', tunnelCsum: false, outer: [4]},
      {mtu: 1500, defaultMTU: 0},
    ),
    peers: peersOf(node.name, topology.map(clusterNode), transport),
    pods,
    ...change,
  }
}

export function nodeCalled(name: string): NodeSpec {
  const node = topology.find((spec) => spec.name === name)
  if (node === undefined) throw new Error(`no Node ${name}`)
  return node
}

export function podIp(name: PodSpec): string {
  for (const node of topology) {
    const at = node.pods.findIndex((pod) => pod === name)
    if (at !== -1) return addressAt(podCidrOf(node), at + 2)
  }
  throw new Error(`no Pod ${name}`)
}

export function clusterNode(node: NodeSpec): ClusterNode {
  return {name: node.name, podCidrs: [podCidrOf(node)], transportIps: [parseIp(node.transport)], ready: true}
}

function localPod(node: NodeSpec, name: string, at: number): LocalPod {
  const address = addressAt(podCidrOf(node), at + 2)
  const pod = {namespace: 'default', name, containerId: name, interfaceName: name, ofport: at + 1}
  return {...pod, ips: [address], mac: macFor(address)}
}

export function podCidrOf({index}: NodeSpec) {
  return parseCidr(`10.244.${index}.0/24`)
}

/** Subnet A is a bridge, so that its Nodes meet without the router; the fabric knows the podCIDRs (noEncap needs it). */
async function routerLines(): Promise<void> {
  await ip(
    [
      'link set lo up',
      'link add subnetA type bridge',
      'address add 172.30.1.1/24 dev subnetA',
      'link set subnetA up',
      `address add ${outside}/32 dev lo`,
    ],
    router,
  )
  await run('ip', inside('router', 'sysctl', ['-qw', 'net.ipv4.ip_forward=1']))
}

async function cableNode({name, index, transport, router: via}: NodeSpec): Promise<void> {
  const space = namespaceOf(name)
  await ip([`link add ${name} netns ${router} type veth peer name eth1 netns ${space}`])
  const attach = via === '172.30.1.1' ? [`link set ${name} master subnetA`] : [`address add ${via}/24 dev ${name}`]
  await ip([...attach, `link set ${name} up`, `route add 10.244.${index}.0/24 via ${transport}`], router)
  await ip(['link set lo up', 'link set eth1 up'], space)
}

/** The switch, and on the Node its addresses. */
async function wireNode(node: NodeSpec, runDir: string): Promise<NodeSwitch> {
  const {name, transport, router: via} = node
  await using undo = new AsyncDisposableStack()
  const gateway = gatewayOf(podCidrOf(node))
  const {stdout: uplinkMac} = await run('ip', inside(name, 'cat', ['/sys/class/net/eth1/address']))
  const made = undo.use(await startSwitch({namespace: namespaceOf(name), runDir}))
  await made.configure(switchCommands({datapath, gateway, uplinkMac}))
  await ip(
    [
      `address add ${transport}/24 dev ${transportDevice}`,
      `link set ${transportDevice} up`,
      `route add default via ${via}`,
      `address add ${gateway}/24 dev ${names.gatewayPort}`,
      `link set ${names.gatewayPort} up`,
    ],
    namespaceOf(name),
  )
  await run('ip', inside(name, 'nft', [kubeProxy]))
  undo.move()
  return made
}

/** What kube-proxy's iptables mode does that can hurt: it drops INVALID, and masquerades nothing between Pods. */
const kubeProxy = [
  'table ip kube {',
  'chain forward { type filter hook forward priority 0; ct state invalid drop; }',
  'chain prerouting { type nat hook prerouting priority -100;',
  ...(['p1b', 'p2a', 'p3a'] as const).map(
    (pod) => `ip daddr ${service} meta l4proto { tcp, udp } th dport ${servicePorts[pod]} dnat to ${podIp(pod)}:7000;`,
  ),
  '}',
  '}',
].join('\n')

async function cablePod(node: NodeSpec, name: string, at: number, made: NodeSwitch): Promise<void> {
  const address = addressAt(podCidrOf(node), at + 2)
  const space = namespaceOf(name)
  await ip([
    `link add ${name} mtu 1450 netns ${namespaceOf(node.name)} type veth peer name eth0 mtu 1450 netns ${space}`,
  ])
  await ip([`link set ${name} up`], namespaceOf(node.name))
  await ip(
    [
      'link set lo up',
      `link set eth0 address ${macFor(address)} up`,
      `address add ${address}/24 dev eth0`,
      `route add default via ${gatewayOf(podCidrOf(node))}`,
    ],
    space,
  )
  // Without it TCP passes nothing: the userspace datapath fills in no checksums.
  if (datapath === 'netdev') await run('ip', inside(name, 'ethtool', ['-K', 'eth0', 'tx', 'off']))
  await made.configure([`add-port br-int ${name}`, `set Interface ${name} ofport_request=${at + 1}`])
}

async function ip(lines: readonly string[], space?: string): Promise<void> {
  const where = space === undefined ? [] : ['-netns', space]
  await execa('ip', [...where, '-batch', '-'], {input: `${lines.join('\n')}\n`, timeout: 20_000 * patience})
}
