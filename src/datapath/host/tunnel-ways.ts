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
  /** Source of the outer packets. */
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

/**
 * The rows by which tunnels to these peers leave: what the kernel's routes say. ovs-vswitchd is started with
 * --disable-system-route, so that there are no others: those that it copies by itself it forgets for a moment at any change of
 * a link or a route. For a row that is put, it must find a source address: where neither destination nor router lies in a
 * network of the device (lib/ovs-router.c, get_src_addr), it looks at the address as it is written, so that this Node's own
 * does, with as many bits as it shares with the peer.
 */
export function tunnelWays(peers: readonly Ip[], underlay: readonly KernelRoute[], wiring: WayWiring): TunnelWays {
  const own = wiring.transport.find(({ip}) => familyOf(ip) === 4)?.ip
  if (own === undefined) return noWays
  const lookup = routeLookup(underlay)
  const copyOf = copies(wiring)
  const unreachable: Unreachable[] = []
  const reachable: Reachable[] = []
  for (const ip of peers) {
    if (familyOf(ip) !== 4 || ip === own) continue
    const route = lookup(ip)
    const why = troubleOf(route, wiring)
    if (route !== undefined && why === undefined)
      reachable.push({ip, route, copy: copyOf(route), bits: sharedBits(own, ip)})
    else if (why !== undefined) unreachable.push({ip, why})
  }
  // A row around the own address comes before shorter ones: who lies in the widest of them needs one, too.
  const widest = Math.min(...reachable.flatMap(({copy, bits}) => (copy === undefined ? [bits] : [])))
  const rows = new Map<string, TunnelWay>()
  for (const {ip, route, copy, bits} of reachable) {
    const around = {to: networkOf(own, bits), dev: wiring.transportDevice, ...viaOf(route), src: own}
    const way = copy === undefined || bits >= widest ? around : copy
    const there = rows.get(way.to) ?? way
    if (there.via === way.via) rows.set(way.to, way)
    else unreachable.push({ip, why: `Open vSwitch takes one way for all of ${way.to}, and it is ${hop(there)}`})
  }
  return {ways: [...rows.values()], unreachable}
}

interface Reachable {
  readonly ip: Ip
  readonly route: KernelRoute
  /** The route as a row; undefined where Open vSwitch would find no source address for it. */
  readonly copy: TunnelWay | undefined
  /** That it shares with this Node's address. */
  readonly bits: number
}

const noWays: TunnelWays = {ways: [], unreachable: []}

export function describeWay({to, via}: TunnelWay): string {
  return via === undefined ? to : `${to} via ${via}`
}

/** What `ovs-appctl ovs/route/add` takes. */
export function wayArguments({to, dev, via, src}: TunnelWay): readonly string[] {
  return [contains(to, src) ? `${src}/${prefixOf(to)}` : to, dev, ...(via === undefined ? [] : [via])]
}

/** Each route once, with the source that Open vSwitch finds: the address with the longest mask around destination or router. */
function copies({transport}: WayWiring): (route: KernelRoute) => TunnelWay | undefined {
  const networks = transport
    .filter(({ip}) => familyOf(ip) === 4)
    .toSorted((a, b) => b.prefix - a.prefix)
    .map(({ip, prefix}) => ({ip, network: networkOf(ip, prefix)}))
  const around = (ip: Ip) => networks.find(({network}) => contains(network, ip))?.ip
  const known = new Map<KernelRoute, TunnelWay | undefined>()
  return (route) => {
    if (known.has(route)) return known.get(route)
    const [to, via] = [destinationOf(route.to), viaOf(route)]
    const src = around(baseOf(to)) ?? (via.via === undefined ? undefined : around(via.via))
    const way = src === undefined ? undefined : {to, dev: route.dev, ...via, src}
    known.set(route, way)
    return way
  }
}

function viaOf({via}: KernelRoute): Pick<TunnelWay, 'via'> {
  return via === undefined ? {} : {via: parseIp(via)}
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
