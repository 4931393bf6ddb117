import {tableId} from '../../src/datapath/pipeline/tables.ts'
import {type NodeName, on} from './node.ts'
import {type Part, ofctl, vsctl} from './switch-state.ts'

export interface ForeignChange {
  readonly what: string
  /** Parts of the Node's state that it spoils. */
  readonly spoils: readonly Part[]
  readonly spoil: (node: NodeName) => Promise<unknown>
}

/** What other hands may do to what is ours, on n1 in encap; each is to be as before within a second. */
export const foreignChanges: readonly ForeignChange[] = [
  {
    what: 'one flow deleted',
    spoils: ['flows'],
    spoil: (node) => ofctl(node, 'del-flows', 'ip,nw_dst=10.244.2.0/24'),
  },
  {
    what: 'one flow changed to drop',
    spoils: ['flows'],
    spoil: (node) => ofctl(node, 'mod-flows', `table=${tableId('L3Forwarding')},ip,nw_dst=10.244.2.0/24,actions=drop`),
  },
  {
    what: 'a flow of somebody else added',
    spoils: ['flows'],
    spoil: (node) => ofctl(node, 'add-flow', `table=${tableId('L3Forwarding')},priority=250,ip,actions=drop`),
  },
  {what: 'all flows deleted', spoils: ['flows'], spoil: (node) => ofctl(node, 'del-flows')},
  {
    what: "a peer's route deleted",
    spoils: ['routes'],
    spoil: (node) => on(node, 'ip', 'route', 'delete', '10.244.2.0/24', 'table', '166'),
  },
  {
    what: "a peer's route sent elsewhere",
    spoils: ['routes'],
    spoil: (node) => on(node, 'ip', ...'route replace 10.244.2.0/24 via 172.31.1.1 proto 165 table 166'.split(' ')),
  },
  {
    what: 'a rule that looks peers up deleted',
    spoils: ['routes'],
    spoil: (node) => on(node, 'ip', 'rule', 'delete', 'lookup', '166'),
  },
  {
    what: 'table inet antctl deleted',
    spoils: ['nft'],
    spoil: (node) => on(node, 'nft', 'delete', 'table', 'inet', 'antctl'),
  },
  {
    what: 'table netdev antctl deleted',
    spoils: ['nft'],
    spoil: (node) => on(node, 'nft', 'delete', 'table', 'netdev', 'antctl'),
  },
  {
    what: 'rules of chain postrouting flushed',
    spoils: ['nft'],
    spoil: (node) => on(node, 'nft', 'flush', 'chain', 'inet', 'antctl', 'postrouting'),
  },
  {
    what: 'set pod_cidrs flushed',
    spoils: ['nft'],
    spoil: (node) => on(node, 'nft', 'flush', 'set', 'inet', 'antctl', 'pod_cidrs'),
  },
  {what: 'a guard chain deleted', spoils: ['nft'], spoil: deleteGuardChain},
  {
    what: 'the gateway port deleted',
    spoils: ['ports', 'gateway', 'routes', 'flows'],
    spoil: (node) => vsctl(node, 'del-port', 'br-int', 'antrea-gw0'),
  },
  {
    what: 'the tunnel port deleted',
    spoils: ['ports', 'flows'],
    spoil: (node) => vsctl(node, 'del-port', 'br-int', 'antrea-tun0'),
  },
  {
    what: "the gateway's address deleted",
    spoils: ['gateway', 'routes'],
    spoil: (node) => on(node, 'ip', 'address', 'flush', 'dev', 'antrea-gw0', 'scope', 'global'),
  },
  {
    what: 'the gateway set down',
    spoils: ['gateway', 'routes'],
    spoil: (node) => on(node, 'ip', 'link', 'set', 'antrea-gw0', 'down'),
  },
  {
    what: 'rp_filter of the gateway changed',
    spoils: ['sysctls'],
    spoil: (node) => on(node, 'sysctl', '-w', 'net.ipv4.conf.antrea-gw0.rp_filter=1'),
  },
  {
    what: 'forwarding switched off',
    spoils: ['sysctls'],
    spoil: (node) => on(node, 'sysctl', '-w', 'net.ipv4.ip_forward=0'),
  },
  {
    what: 'fail_mode of br-int changed',
    spoils: ['bridges', 'flows'],
    spoil: (node) => vsctl(node, 'set-fail-mode', 'br-int', 'standalone'),
  },
]

/** State of others, in the same places as ours: nobody may touch it. Each answers what shows it. */
export const foreignState = {
  make: async (node: NodeName) => {
    await on(node, 'nft', 'add', 'table', 'inet', 'others')
    await on(node, 'nft', 'add', 'chain', 'inet', 'others', 'theirs', '{ type filter hook input priority 10; }')
    await on(node, 'ip', 'route', 'add', 'blackhole', '198.51.100.0/24', 'proto', 'static')
    await vsctl(node, 'add-br', 'others', '--', 'set', 'Bridge', 'others', 'datapath_type=netdev')
  },
  show: async (node: NodeName) => ({
    table: await on(node, 'nft', 'list', 'table', 'inet', 'others'),
    route: await on(node, 'ip', 'route', 'show', '198.51.100.0/24'),
    bridge: await vsctl(node, 'list-br').then((text) => text.split('\n').includes('others')),
  }),
  remove: async (node: NodeName) => {
    await on(node, 'nft', 'delete', 'table', 'inet', 'others')
    await on(node, 'ip', 'route', 'delete', '198.51.100.0/24')
    await vsctl(node, 'del-br', 'others')
  },
} as const

/** Whatever the first chain of our table netdev is called. */
async function deleteGuardChain(node: NodeName): Promise<void> {
  const listed = await on(node, 'nft', 'list', 'table', 'netdev', 'antctl')
  const chain = /^\tchain (\S+) \{/mu.exec(listed)?.[1]
  if (chain === undefined) throw new Error(`${node} has no guard chain`)
  await on(node, 'nft', 'delete', 'chain', 'netdev', 'antctl', chain.replaceAll('"', ''))
}
