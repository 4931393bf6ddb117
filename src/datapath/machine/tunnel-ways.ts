import {bitsOf, isIpText, networkOf, parseCidr, parseIp} from '../../model/address.ts'
import {type TunnelWay, wayArguments} from '../host/tunnel-ways.ts'
import type {Control} from '../ovsdb/control.ts'

/**
 * Open vSwitch's own routes by this bridge, which is the agent's: all that were put. None where it takes in no tunnels by
 * them: when the bridge was without its address for a moment, it begins again with the next route that is put.
 */
export async function observeTunnelWays(dev: string, control: Pick<Control, 'run'>): Promise<readonly TunnelWay[]> {
  const [routes, ports, ends] = await Promise.all([
    control.run('ovs/route/show'),
    control.run('tnl/ports/show'),
    control.run('tnl/ports/show', ['-v']),
  ])
  const ways = parseTunnelWays(routes, dev)
  const hasTunnels = ports.includes('ref_cnt=')
  return ways.every(({src}) => !hasTunnels || ends.includes(`ipv4(dst=${src},`)) ? ways : []
}

/**
 * Makes the rows for this bridge these; one that changes is never away. With any row that goes Open vSwitch 3.1 stops taking
 * in tunnels on the bridge, and with any that comes it begins again (tnl_port_map_delete_ipdev): so one comes last, where
 * nothing else is wanted a row for the Node's own address, which nothing is ever sent by.
 */
export async function putTunnelWays(ways: readonly TunnelWay[], dev: string, control: Control): Promise<void> {
  const wanted = new Set(ways.map(({to}) => to))
  const there = parseTunnelWays(await control.run('ovs/route/show'), dev)
  const gone = there.filter(({to}) => !wanted.has(to))
  const revivals = ways.length > 0 ? [] : gone.slice(0, 1).map(ownRow)
  await Promise.all([
    ...gone.map(({to}) => control.run('ovs/route/del', [to])),
    ...ways.map((way) => control.run('ovs/route/add', wayArguments(way))),
    // An address that is gone meanwhile makes Open vSwitch read everything anew.
    ...revivals.map((way) => control.run('ovs/route/add', wayArguments(way)).catch(() => '')),
  ])
}

function ownRow({src, dev}: TunnelWay): TunnelWay {
  return {to: networkOf(src, bitsOf(src)), dev, src}
}

/**
 * Of `ovs-appctl ovs/route/show` what was put for this bridge, but for rows of a Node's own address. One line is
 * "User: 172.30.0.0/16 dev br-phy GW 172.30.1.1 SRC 172.30.1.11"; a mark would stand behind the network.
 */
export function parseTunnelWays(text: string, dev: string): readonly TunnelWay[] {
  return text.split('\n').flatMap((line) => {
    const [, to, bridge, via, src] = /^User: (\S+\/\d+) dev (\S+)(?: GW (\S+))? SRC (\S+)/u.exec(line) ?? []
    if (to === undefined || bridge !== dev || src === undefined || !isIpText(src)) return []
    const way = {to: parseCidr(to), dev, src: parseIp(src), ...(via !== undefined && {via: parseIp(via)})}
    return way.to === ownRow(way).to ? [] : [way]
  })
}
