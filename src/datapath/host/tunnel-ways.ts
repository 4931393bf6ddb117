import {
  baseOf,
  type Cidr,
  contains,
  familyOf,
  type Ip,
  networkOf,
  parseIp,
  prefixOf,
  toBigInt,
} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import {destinationOf, routeLookup} from './neighbours.ts'

/** A row of Open vSwitch's own routing table, by which its userspace datapath sends what is tunnelled. */
export interface TunnelWay {
  readonly to: Cidr
  /** A bridge. */
  readonly dev: string
  /** Absent: the destination answers for itself. */
  readonly via?: Ip
  /** Source of the outer packets; `to` contains it. */
  readonly src: Ip
}

export interface TunnelWays {
  readonly ways: readonly TunnelWay[]
  readonly unreachable: readonly Unreachable[]
}

/** A peer that nothing can be tunnelled to. */
export interface Unreachable {
  readonly ip: Ip
  readonly why: string
}

export type WayWiring = Pick<NodeWiring, 'transportDevice' | 'transport'>

/** Does Open vSwitch leave out any of the kernel's routes by the transport device? Then tunnelWays() tells what it lacks. */
export function leavesRoutesOut(underlay: readonly KernelRoute[], wiring: WayWiring): boolean {
  const isCopied = copiedBy(wiring)
  return underlay.some((route) => route.dev === wiring.transportDevice && !isCopied(route))
}

/**
 * The rows that Open vSwitch lacks for tunnels to these peers. It copies the kernel's routes, but not those for which it
 * finds no source address, where neither destination nor router lies in a network of the device (lib/ovs-router.c,
 * get_src_addr): with a /32 that is all of them. For a row that is put by hand it looks at the address as it is written,
 * so that this Node's own does, with as many bits as it shares with the peer.
 */
export function tunnelWays(peers: readonly Ip[], underlay: readonly KernelRoute[], wiring: WayWiring): TunnelWays {
  const own = wiring.transport.find(({ip}) => familyOf(ip) === 4)?.ip
  if (own === undefined) return noWays
  const isCopied = copiedBy(wiring)
  const lookup = routeLookup(underlay)
  const known = peers.filter((ip) => familyOf(ip) === 4 && ip !== own).map((ip) => ({ip, route: lookup(ip)}))
  const unreachable: Unreachable[] = known.flatMap(({ip, route}) => {
    const why = troubleOf(route, wiring)
    return why === undefined ? [] : [{ip, why}]
  })
  const isLeftOut = (route: KernelRoute | undefined) => route === undefined || !isCopied(route)
  const others = known.filter(({route}) => troubleOf(route, wiring) === undefined)
  // Thousands of peers are looked at often, and nearly always there is nothing to do.
  if (!others.some(({route}) => isLeftOut(route))) return {ways: [], unreachable}
  const reachable = others.map((peer) => ({...peer, bits: sharedBits(own, peer.ip)}))
  // A row that is put comes before all that are copied: who lies in the widest of them needs one, too.
  const widest = Math.min(...reachable.flatMap(({route, bits}) => (isLeftOut(route) ? [bits] : [])))
  const rows = new Map<number, TunnelWay>()
  for (const {ip, route, bits} of reachable.filter((peer) => peer.bits >= widest)) {
    const via = route?.via === undefined ? {} : {via: parseIp(route.via)}
    const way: TunnelWay = {to: networkOf(own, bits), dev: wiring.transportDevice, ...via, src: own}
    const there = rows.get(bits) ?? way
    if (there.via === way.via) rows.set(bits, way)
    else unreachable.push({ip, why: `Open vSwitch takes one way for all of ${way.to}, and it is ${hop(there)}`})
  }
  return {ways: [...rows.values()], unreachable}
}

export const noWays: TunnelWays = {ways: [], unreachable: []}

/** What `ovs-appctl ovs/route/add` takes. */
export function wayArguments({to, dev, via, src}: TunnelWay): readonly string[] {
  return [`${src}/${prefixOf(to)}`, dev, ...(via === undefined ? [] : [via])]
}

/** Does Open vSwitch take a route of the kernel over? */
function copiedBy({transport}: WayWiring): (route: KernelRoute) => boolean {
  const networks = transport.map(({ip, prefix}) => networkOf(ip, prefix))
  const isNear = (ip: Ip) => networks.some((network) => contains(network, ip))
  return ({to, via}) => isNear(baseOf(destinationOf(to))) || (via !== undefined && isNear(parseIp(via)))
}

function troubleOf(route: KernelRoute | undefined, {transportDevice}: WayWiring): string | undefined {
  if (route === undefined) return 'this Node has no route to it'
  if (route.type !== undefined) return `its route is ${route.type}`
  return route.dev === transportDevice
    ? undefined
    : `its route leaves by ${route.dev}, tunnels by ${transportDevice} alone`
}

function hop({via}: TunnelWay): string {
  return via === undefined ? 'without a router' : `by ${via}`
}

/** Of IPv4, from the left. */
function sharedBits(a: Ip, b: Ip): number {
  return 32 - (toBigInt(a) ^ toBigInt(b)).toString(2).length
}
