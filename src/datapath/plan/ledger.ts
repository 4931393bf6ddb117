import type {Cidr, Ip} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import type {RouteRule} from '../host/peer-tables.ts'
import type {TunnelWay} from '../host/tunnel-ways.ts'
import type {Flow} from '../openflow/flow.ts'
import type {Group} from '../openflow/group.ts'
import type {Meter} from '../openflow/meter.ts'
import {Claims} from './claims.ts'
import type {Diff} from './diff.ts'
import {flowKind, groupKind, meterKind, nameKind, routeKind, ruleKind, wayKind} from './kinds.ts'

/**
 * What one owner wants of the switch and the kernel. Owners: 'base', 'gateway', 'tunnel', 'mode', 'peer/10.244.2.0/24',
 * 'pod/10.244.1.5'.
 */
export interface Slice {
  readonly flows?: readonly Flow[]
  /** What its flows point to. */
  readonly groups?: readonly Group[]
  readonly meters?: readonly Meter[]
  /** Of ours: they carry routeProtocol. */
  readonly routes?: readonly KernelRoute[]
  readonly rules?: readonly RouteRule[]
  /** Devices whose frames the kernel itself must not process. */
  readonly guards?: readonly string[]
  /** Destinations that no masquerade applies to. */
  readonly podCidrs?: readonly Cidr[]
  /** Transport addresses whose next hop Open vSwitch itself must know. */
  readonly tunnelEndpoints?: readonly Ip[]
}

/** Kind by kind what is to be put and to be removed. */
export interface SliceChanges {
  readonly flows: Diff<Flow>
  readonly groups: Diff<Group>
  readonly meters: Diff<Meter>
  readonly routes: Diff<KernelRoute>
  readonly rules: Diff<RouteRule>
  readonly guards: Diff<string>
  readonly podCidrs: Diff<Cidr>
  readonly tunnelEndpoints: Diff<Ip>
  readonly ways: Diff<TunnelWay>
}

/** All that this Node must hold, by owner. An event replaces one owner's slice; take() tells what that changes. */
export class Ledger {
  readonly flows = new Claims<Flow>(flowKind)
  readonly groups = new Claims<Group>(groupKind)
  readonly meters = new Claims<Meter>(meterKind)
  readonly routes = new Claims<KernelRoute>(routeKind)
  readonly rules = new Claims<RouteRule>(ruleKind)
  readonly guards = new Claims<string>(nameKind)
  readonly podCidrs = new Claims<Cidr>(nameKind)
  readonly tunnelEndpoints = new Claims<Ip>(nameKind)
  /** Open vSwitch's own routes: no owner's, because they follow from the kernel's and from all tunnelEndpoints. */
  readonly ways = new Claims<TunnelWay>(wayKind)

  /** Throws FLOW_INVALID where the owner contradicts another one. Then its flows are as they were: they come first. */
  put(owner: string, slice: Slice): void {
    this.flows.put(owner, slice.flows ?? [])
    this.groups.put(owner, slice.groups ?? [])
    this.meters.put(owner, slice.meters ?? [])
    this.routes.put(owner, slice.routes ?? [])
    this.rules.put(owner, slice.rules ?? [])
    this.guards.put(owner, slice.guards ?? [])
    this.podCidrs.put(owner, slice.podCidrs ?? [])
    this.tunnelEndpoints.put(owner, slice.tunnelEndpoints ?? [])
  }

  /** Is a flow there, or away, as it should be? */
  isRight(flow: Flow, {isThere}: {readonly isThere: boolean}): boolean {
    const wanted = this.flows.get(flowKind.key(flow))
    return isThere ? wanted !== undefined && flowKind.same(wanted, flow) : wanted === undefined
  }

  take(): SliceChanges {
    return {
      flows: this.flows.take(),
      groups: this.groups.take(),
      meters: this.meters.take(),
      routes: this.routes.take(),
      rules: this.rules.take(),
      guards: this.guards.take(),
      podCidrs: this.podCidrs.take(),
      tunnelEndpoints: this.tunnelEndpoints.take(),
      ways: this.ways.take(),
    }
  }
}
