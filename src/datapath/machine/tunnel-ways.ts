import {bitsOf, contains, isIpText, networkOf, parseCidr, parseIp} from '../../model/address.ts'
import {type TunnelWay, wayArguments} from '../host/tunnel-ways.ts'
import type {Control} from '../ovsdb/control.ts'
import {diff, type Kind} from '../plan/diff.ts'

/**
 * Makes the rows that were put by hand for this bridge these; one that changes is never away. With any row that goes Open
 * vSwitch 3.1 stops taking in tunnels on the bridge, and with any that comes it begins again (tnl_port_map_delete_ipdev):
 * so one comes last, where nothing else is wanted a row for the Node's own address, which nothing is ever sent by.
 */
export async function putTunnelWays(ways: readonly TunnelWay[], dev: string, control: Control): Promise<void> {
  const {put, remove} = diff(wayKind, parseTunnelWays(await control.run('ovs/route/show'), dev), ways)
  const adds = remove.length === 0 ? put : ways
  const revivals = adds.length > 0 ? [] : remove.slice(0, 1).map(ownRow)
  await Promise.all([
    ...remove.map(({to}) => control.run('ovs/route/del', [to])),
    ...adds.map((way) => control.run('ovs/route/add', wayArguments(way))),
    // An address that is gone meanwhile makes Open vSwitch read everything anew.
    ...revivals.map((way) => control.run('ovs/route/add', wayArguments(way)).catch(() => '')),
  ])
}

function ownRow({src, dev}: TunnelWay): TunnelWay {
  return {to: networkOf(src, bitsOf(src)), dev, src}
}

/**
 * Of `ovs-appctl ovs/route/show` the rows that an agent can have put to reach others: those of its bridge with the source
 * within. One line is "User: 172.30.0.0/16 dev br-phy GW 172.30.1.1 SRC 172.30.1.11"; a mark would stand behind the network.
 */
export function parseTunnelWays(text: string, dev: string): readonly TunnelWay[] {
  return text.split('\n').flatMap((line) => {
    const [, to, bridge, via, src] = /^User: (\S+\/\d+) dev (\S+)(?: GW (\S+))? SRC (\S+)/u.exec(line) ?? []
    if (to === undefined || bridge !== dev || src === undefined || !isIpText(src)) return []
    const way = {to: parseCidr(to), dev, src: parseIp(src), ...(via !== undefined && {via: parseIp(via)})}
    return contains(way.to, way.src) && way.to !== ownRow(way).to ? [way] : []
  })
}

const wayKind: Kind<TunnelWay> = {
  key: ({to}) => to,
  same: (a, b) => a.via === b.via && a.src === b.src,
}
