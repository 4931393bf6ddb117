import {parseIp} from '../../model/address.ts'
import {nextHops} from '../host/neighbours.ts'
import {ingressRuleset} from '../host/nft.ts'
import {isOurs, throughBridge} from '../host/routes.ts'
import type {Flow} from '../openflow/flow.ts'
import {type Diff, diff} from './diff.ts'
import {flowKind, linkKind, routeKind, sysctlKind} from './kinds.ts'
import type {DesiredState, ObservedState} from './state.ts'
import {ordered, type Step} from './steps.ts'

/**
 * The steps from what a Node holds to what it must hold, in the order that leaves no hole. Nothing to do: no steps. A
 * restart is no special case: `have` then comes from the switch and the kernel.
 */
export function planChanges(have: ObservedState, want: DesiredState): readonly Step[] {
  const flows = diff(flowKind, have.flows, want.flows)
  const around = routes(have, want)
  return ordered([
    ...settings(have, want),
    ...rulesets(have, want),
    ...around,
    ...tunnelNeighbours(have, want, flows.put),
    ...forwarding(flows, around),
  ])
}

function settings(have: ObservedState, want: DesiredState): readonly Step[] {
  const values = Object.entries(have.sysctls).map(([key, value]) => ({key, value}))
  const sysctls = diff(sysctlKind, values, want.host.sysctls).put
  const links = diff(linkKind, have.links, want.host.links).put
  return [...unlessEmpty(sysctls, {kind: 'sysctls', sysctls}), ...unlessEmpty(links, {kind: 'links', links})]
}

function rulesets(have: ObservedState, {host}: DesiredState): readonly Step[] {
  const ingress = presentIngress(have, host.ingressDevices)
  const changed: readonly Step[] = [
    {kind: 'nft', table: 'inet', ruleset: host.nft},
    {kind: 'nft', table: 'ingress', ruleset: ingress},
  ]
  return changed.filter(
    (step) => step.kind === 'nft' && step.ruleset !== have[step.table === 'inet' ? 'nft' : 'ingress'],
  )
}

/** A Pod's veth may be gone before its DEL arrives; nft would refuse the whole ruleset for it. */
function presentIngress({links}: ObservedState, devices: readonly string[]): string {
  const present = new Set(links.map(({name}) => name))
  return ingressRuleset(devices.filter((name) => present.has(name)))
}

function routes(have: ObservedState, want: DesiredState): readonly Step[] {
  const {put, remove} = diff(routeKind, have.routes.filter(isOurs), want.host.routes)
  const [direct, tunnelled] = [put.filter((route) => !throughBridge(route)), put.filter(throughBridge)]
  const hops = nextHops(
    direct.flatMap(({via}) => (via === undefined ? [] : [parseIp(via)])),
    have.routes,
  )
  const peers = new Set(want.flows.map(({match}) => match['nw_dst']))
  const [withdrawn, gone] = [remove.filter(({to}) => peers.has(to)), remove.filter(({to}) => !peers.has(to))]
  return [
    ...unlessEmpty(hops, {kind: 'warm-neighbours', hops}),
    ...unlessEmpty(direct, {kind: 'direct-routes', routes: direct}),
    ...unlessEmpty(withdrawn, {kind: 'withdraw-routes', routes: withdrawn}),
    ...unlessEmpty(tunnelled, {kind: 'tunnel-routes', routes: tunnelled}),
    ...unlessEmpty(gone, {kind: 'remove-routes', routes: gone}),
  ]
}

/** A userspace datapath drops what it has no neighbour for, so it must know the next hop before a flow sends there. */
function tunnelNeighbours(have: ObservedState, {host}: DesiredState, added: readonly Flow[]): readonly Step[] {
  const text = added.flatMap(({actions}) => actions).join('\n')
  const hops = nextHops(
    host.tunnelEndpoints.filter((ip) => text.includes(`set_field:${ip}->tun_dst`)),
    have.routes,
  )
  return unlessEmpty(hops, {kind: 'tunnel-neighbours', hops})
}

/** Datapath flows follow the tables up to half a second later: only routes that count on them wait for that. */
function forwarding({put, remove}: Diff<Flow>, around: readonly Step[]): readonly Step[] {
  const flows: Step = {kind: 'flows', add: put, remove}
  const counting = around.some(({kind}) => kind === 'tunnel-routes' || kind === 'remove-routes')
  return unlessEmpty([...put, ...remove], flows, ...(counting ? [{kind: 'revalidate'} as const] : []))
}

function unlessEmpty(values: readonly unknown[], ...steps: readonly Step[]): readonly Step[] {
  return values.length === 0 ? [] : steps
}
