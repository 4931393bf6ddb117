/**
 * Records what the real kernel says by netlink: `sudo sh scripts/node.sh test/captures/record-netlink.ts`. Each datagram
 * becomes one line: what it belongs to, and its bytes. The links and rules are made by ip(8) and nft(8), not by us.
 */
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {execa} from 'execa'
import {controlTypes, encodeMessages, flags} from '../../src/datapath/machine/netlink/message.ts'
import * as nf from '../../src/datapath/machine/netlink/nf-tables.ts'
import * as rtnetlink from '../../src/datapath/machine/netlink/rtnetlink.ts'
import {openNetlinkSocket, type Protocol} from '../../src/datapath/machine/netlink/socket.ts'
import {natRuleset} from '../../src/datapath/host/nft.ts'
import {parseCidr} from '../../src/model/address.ts'
import {inNetns, openNetns} from '../../src/datapath/machine/netns.ts'

const space = 'antctl-record'
const lines: string[] = []
const inside = async (program: string, ...args: readonly string[]): Promise<void> =>
  void (await execa('ip', ['netns', 'exec', space, program, ...args]))

await execa('ip', ['netns', 'add', space])
try {
  const batch = [
    'link set lo up',
    'link add eth1 address 0a:58:ac:1e:01:0b type veth peer name p1',
    'link set p1 alias antrea-pod mtu 1450',
    'link set eth1 up',
    'link set p1 up',
    'address add 172.30.1.11/24 dev eth1',
    'address add 10.9.0.1 peer 10.9.0.2/32 dev p1',
    'address add 2001:db8::1:0:0:5/64 dev p1 nodad',
    'route add default via 172.30.1.1',
    'route add 10.244.2.0/24 via 172.30.1.12 proto 165',
    'route add 10.244.3.0/24 via 10.244.3.1 dev eth1 onlink proto 165 metric 20 mtu 1400',
    'route add blackhole 10.3.0.0/16',
    'route add 10.6.0.0/16 nexthop via 172.30.1.1 nexthop via 172.30.1.2',
    'neigh add 172.30.1.12 lladdr 0a:58:ac:1e:01:0c dev eth1',
  ]
  await execa('ip', ['-netns', space, '-batch', '-'], {input: `${batch.join('\n')}\n`})
  const ruleset = natRuleset({podCidr: parseCidr('10.244.1.0/24'), noSNAT: false, snatFullyRandomPorts: false}, ['10.244.1.0/24', '10.244.4.0/22'])
  for (const line of ruleset.trim().split('\n')) await inside('nft', line)
  await inside('nft', 'add table netdev antctl')
  await inside('nft', 'add chain netdev antctl eth1 { type filter hook ingress device "eth1" priority -500; policy drop; }')
  const {types} = rtnetlink
  await ask('route', 'links', types.getLink, rtnetlink.link.encode({extended: rtnetlink.skipStatistics}), flags.dump)
  await ask('route', 'addresses', types.getAddress, rtnetlink.address.encode({}), flags.dump)
  await ask('route', 'routes', types.getRoute, rtnetlink.route.encode({family: 2, table: 254}), flags.dump)
  await ask('route', 'neighbours', types.getNeighbour, rtnetlink.neighbour.encode({family: 2}), flags.dump)
  const impossible = rtnetlink.route.encode({family: 2, toLength: 16, type: 1, table: 254, to: '10.1.0.0', via: '9.9.9.9'})
  await ask('route', 'refusal', types.newRoute, impossible, flags.create | flags.ack)
  const inet = {family: nf.families.inet, table: 'antctl'}
  await ask('netfilter', 'chains', nf.types.getChain, nf.chain.encode({family: nf.families.inet}), flags.dump)
  await ask('netfilter', 'guards', nf.types.getChain, nf.chain.encode({family: nf.families.netdev}), flags.dump)
  await ask('netfilter', 'rules', nf.types.getRule, nf.rule.encode(inet), flags.dump)
  await ask('netfilter', 'sets', nf.types.getSet, nf.set.encode(inet), flags.dump)
  await ask('netfilter', 'elements', nf.types.getElement, nf.elements.encode({...inet, set: 'pod_cidrs'}), flags.dump)
  await writeFile(join(import.meta.dirname, 'netlink.hex'), `${lines.join('\n')}\n`)
} finally {
  await execa('ip', ['netns', 'del', space])
}

async function ask(protocol: Protocol, name: string, type: number, body: Buffer, given: number): Promise<void> {
  using netns = openNetns(`/run/netns/${space}`)
  using socket = inNetns(netns, () => openNetlinkSocket(protocol))
  socket.send(encodeMessages([{type, flags: flags.request | given, sequence: 1, body}]))
  for (let over = false; !over;) {
    const messages = socket.receive()
    for (const message of messages) {
      lines.push(`${name} ${encodeMessages([message]).toString('hex')}`)
      over ||= message.type === controlTypes.done || message.type === controlTypes.error
    }
  }
}
