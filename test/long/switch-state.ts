import {type NodeName, on} from './node.ts'

/** Where Open vSwitch's sockets are on the Node itself. */
export const runDir = '/var/run/antrea/openvswitch'
const bridge = `unix:${runDir}/br-int.mgmt`

/** ovs-ofctl on the Node, beside the agent's own connection. */
export const ofctl = (node: NodeName, verb: string, ...args: readonly string[]) =>
  on(node, 'ovs-ofctl', '-O', 'OpenFlow15', '--no-names', '--no-stats', verb, bridge, ...args)

export const vsctl = (node: NodeName, ...args: readonly string[]) =>
  on(node, 'ovs-vsctl', `--db=unix:${runDir}/db.sock`, '--timeout=5', ...args)

/** Parts of what a Node holds for us, each as text that is equal when the state is. */
export const parts = {
  flows: async (node) => sorted(withoutLateAnswers(await ofctl(node, 'dump-flows'))),
  groups: async (node) => sorted(await ofctl(node, 'dump-groups')),
  meters: async (node) => sorted(await ofctl(node, 'dump-meters')),
  ports: async (node) => {
    const rows = await Promise.all([
      list(node, 'Interface', ['name', 'type', 'ofport', 'options', 'mac', 'mtu', 'error']),
      list(node, 'Port', ['name', 'external_ids', 'tag']),
    ])
    return rows.join('\n')
  },
  bridges: (node) => list(node, 'Bridge', ['name', 'datapath_type', 'fail_mode', 'protocols']),
  routes: async (node) => {
    const routes = await on(node, 'ip', 'route', 'show', 'table', 'all', 'proto', '165')
    return sorted(`${routes}\n${await on(node, 'ip', 'rule')}`)
  },
  // An interface that is not there, or not up, has no row here. One that came anew has another index.
  gateway: async (node) =>
    (await on(node, 'ip', '-o', '-4', 'address', 'show', 'up'))
      .split('\n')
      .filter((line) => line.includes(' antrea-gw0 '))
      .map((line) => line.replace(/^\d+: /u, ''))
      .join('\n'),
  nft: async (node) => on(node, 'nft', 'list', 'ruleset').then(ourTables),
  sysctls: async (node) => on(node, 'sysctl', ...sysctls),
} as const satisfies Readonly<Record<string, (node: NodeName) => Promise<string>>>
export type Part = keyof typeof parts
export const allParts: readonly Part[] = Object.keys(parts).filter(isPart)

export type Snapshot = Readonly<Partial<Record<Part, string>>>

export async function snapshot(node: NodeName, wanted: readonly Part[] = allParts): Promise<Snapshot> {
  return Object.fromEntries(await Promise.all(wanted.map(async (part) => [part, await parts[part](node)] as const)))
}

async function list(node: NodeName, table: string, columns: readonly string[]): Promise<string> {
  return sorted(await vsctl(node, '--format=csv', '--data=bare', `--columns=${columns.join(',')}`, 'list', table))
}

/** The parts that differ, by name. */
export function differing(before: Snapshot, after: Snapshot): readonly string[] {
  return Object.keys(before).filter((part) => isPart(part) && before[part] !== after[part])
}

const sysctls = [
  'net.ipv4.ip_forward',
  'net.ipv4.conf.antrea-gw0.rp_filter',
  'net.ipv4.conf.antrea-gw0.send_redirects',
  'net.ipv4.conf.antrea-gw0.arp_announce',
  'net.ipv4.conf.all.send_redirects',
  'net.ipv4.conf.all.arp_ignore',
  'net.netfilter.nf_conntrack_tcp_be_liberal',
]

function isPart(name: string): name is Part {
  return Object.hasOwn(parts, name)
}

/** For a minute after a change of mode answers may come by either way: the flows for them go by themselves. */
function withoutLateAnswers(flows: string): string {
  const isOne = (line: string) => line.includes(' table=9,') && /,(?:udp|sctp|icmp),reg0=0x1\/0xf,nw_src=/u.test(line)
  return flows
    .split('\n')
    .filter((line) => !isOne(line))
    .join('\n')
}

function sorted(text: string): string {
  return text.split('\n').toSorted().join('\n')
}

/** kube-proxy's tables come and go. */
function ourTables(ruleset: string): string {
  return ruleset
    .split(/^(?=table )/mu)
    .filter((table) => /^table \w+ antctl /u.test(table))
    .map(inNoOrder)
    .toSorted()
    .join('\n')
}

/** A chain that came anew is listed last. */
function inNoOrder(table: string): string {
  const [head = '', ...chains] = table
    .trim()
    .replace(/\}$/u, '')
    .split(/^(?=\t\w)/mu)
  return [head, ...chains.map((chain) => chain.trim()).toSorted()].join('\n')
}
