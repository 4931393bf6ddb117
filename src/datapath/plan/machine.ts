import type {KernelRoute} from '../../model/agent-api.ts'
import type {RouteRule} from '../host/peer-tables.ts'
import type {PodResize} from '../host/pod-sizes.ts'
import type {LinkSetting, NextHop, Sysctl} from '../host/state.ts'
import type {TunnelWay} from '../host/tunnel-ways.ts'
import type {FlowChanges} from '../openflow/bundle.ts'
import type {Meter} from '../openflow/meter.ts'

/** The hands of a plan: each call resolves when the change is in force, and throws when it is not. */
export interface Machine {
  readonly openflow: {
    /** One atomic bundle, barrier included; adding a flow whose key is there modifies it. Removal is strict. */
    bundle(change: FlowChanges): Promise<void>
    putMeters(meters: readonly Meter[]): Promise<void>
    removeMeters(ids: readonly number[]): Promise<void>
  }
  readonly routes: {
    /** Ours of before gives way at the same moment; somebody else's to the same destination stays, behind ours. */
    put(routes: readonly KernelRoute[]): Promise<void>
    /** A route that is gone already is no error. */
    remove(routes: readonly KernelRoute[]): Promise<void>
  }
  readonly rules: {
    /** From now on the kernel looks these tables up; one that is there already is no error. */
    put(rules: readonly RouteRule[]): Promise<void>
    /** One that is gone already is no error. */
    remove(rules: readonly RouteRule[]): Promise<void>
  }
  readonly nft: {
    /** One transaction. */
    put(ruleset: string): Promise<void>
    /** From now on the kernel ignores what comes in by these. A device that is gone meanwhile is no error. */
    guard(devices: readonly string[]): Promise<void>
    /** A device without a guard is no error. */
    unguard(devices: readonly string[]): Promise<void>
    /** Into the set that the ruleset made; one that is there already is no error. */
    addPodCidrs(podCidrs: readonly string[]): Promise<void>
    /** One that is gone already is no error. */
    removePodCidrs(podCidrs: readonly string[]): Promise<void>
  }
  readonly sysctls: {put(sysctls: readonly Sysctl[]): Promise<void>}
  readonly pods: {
    /** The routes before the devices; a Pod that is gone meanwhile is no error. */
    limit(pods: readonly PodResize[]): Promise<void>
    /** The devices before the routes. */
    free(pods: readonly PodResize[]): Promise<void>
  }
  readonly links: {put(links: readonly LinkSetting[]): Promise<void>}
  readonly neighbours: {
    /** Makes the kernel learn the MACs, at best within a second; a silent neighbour is no error (routes still queue). */
    warm(hops: readonly NextHop[]): Promise<void>
    /** Warms, then copies the MACs into OVS's tunnel neighbour table (tnl/neigh/set). */
    put(hops: readonly NextHop[]): Promise<void>
  }
  readonly tunnelWays: {
    /** Open vSwitch's own routes by this bridge, beside those that it copies from the kernel, are these from now on. */
    put(ways: readonly TunnelWay[], dev: string): Promise<void>
  }
  readonly control: {
    /** revalidator/wait: datapath flows follow the tables. */
    revalidate(): Promise<void>
  }
}
