import type {PathNode} from '../../diagnostics/paths/predict.ts'
import {networkOf} from '../../model/address.ts'
import type {PathRow} from '../../model/path.ts'
import {decideSubnet} from '../../model/subnet.ts'
import {trafficModes} from '../../model/traffic-mode.ts'
import {windowsIn} from './facts.ts'
import {ageWords} from './feed.ts'
import type {HeldWay, ProbedWay} from './pair-seen.ts'
import type {PairPlace} from './place.ts'
import type {State} from './state.ts'

/** One direction with all that is known of it. */
export interface PairWay {
  readonly row: PathRow
  readonly own: PathNode
  readonly peer: PathNode
  readonly held: HeldWay | undefined
  readonly probed: ProbedWay | undefined
}

/** What decides the way, each under its name. */
export function factsOf({row, own, peer, held, probed}: PairWay, place: PairPlace, now: number) {
  const {flow, route, why = row.why} = held ?? {}
  const count = flow?.packets === undefined ? '' : `; ${flow.packets} packets have met it`
  return {
    subnet: subnetWords(own, peer),
    way: why,
    flow: flow && `${flow.actions || 'drop'}${count}`,
    // In the tunnel packets of Pods never come to the kernel's routes.
    route: route && (row.installed === 'tunnelled' ? `${route}, for what ${own.name} itself sends there` : route),
    MTU: mtuWords(own, probed),
    probe: probeWords(probed, place, now),
  }
}

/** As every Node decides for itself, with its own mask. */
function subnetWords({name, transport, mode}: PathNode, peer: PathNode): string {
  const rule = mode === undefined ? '' : `; ${mode}: ${trafficModes[mode].summary}`
  if (transport === undefined || peer.transport === undefined)
    return `${transport === undefined ? name : peer.name} has no transport address${rule}`
  const {sameSubnet} = decideSubnet(transport, peer.transport)
  const subnet = `${networkOf(transport.ip, transport.prefix)} of ${name} (${transport.ip})`
  return `${peer.transport.ip} of ${peer.name} is ${sameSubnet ? 'in' : 'not in'} ${subnet}${rule}`
}

function mtuWords({podMtu, transportMtu, tunnel}: PathNode, probed: ProbedWay | undefined): string {
  return [
    podMtu === undefined ? 'what Pods send at most is not told' : `Pods send ${podMtu} bytes at most`,
    ...(transportMtu === undefined ? [] : [`the link takes ${transportMtu}`]),
    ...(tunnel === undefined ? [] : [`tunnels are ${tunnel}`]),
    ...(probed === undefined ? [] : [`the largest that came back had ${probed.live.mtu}`]),
  ].join(', ')
}

function probeWords(probed: ProbedWay | undefined, {asks, probed: both}: PairPlace, now: number): string {
  if (probed === undefined || both === undefined) return asks ? 'the two agents are being asked' : 'none yet'
  const {live, why} = probed
  const trip = live.roundTrip === undefined ? '' : `, ${live.roundTrip.median.toFixed(2)} ms`
  const gap = live.lost > 0 ? `, longest gap ${live.longestGap.toFixed(0)} ms` : ''
  return `${why}${trip}${gap}; ${ageWords(both.at, now)}`
}

/** Where what was seen is not what is held. */
export function oddLines({row, own, probed}: PairWay): readonly string[] {
  if (probed === undefined) return []
  const {kind, live} = probed
  const isOther = row.installed !== undefined && row.installed !== kind
  const isShort = own.podMtu !== undefined && live.mtu > 0 && live.mtu < own.podMtu
  return [
    ...(isOther ? [`  ! the probes saw ${kind}, where ${row.installed ?? ''} is installed`] : []),
    ...(isShort ? [`  ! packets of the size that Pods send do not come back: ${live.mtu} bytes do`] : []),
  ]
}

/** Losses of a steady probe; it names only pairs that lost. */
export function steadyWords({facts}: State, {from, to}: PairPlace): string {
  const windows = windowsIn(facts)
  if (windows.length === 0) return 'No steady probe has told of anything yet.'
  const lost = windows
    .flatMap(({worst}) => worst)
    .filter((pair) => (pair.from === from && pair.to === to) || (pair.from === to && pair.to === from))
  const gap = Math.max(0, ...lost.map(({longestGap}) => longestGap))
  const count = lost.reduce((sum, pair) => sum + pair.lost, 0)
  const looks = `in the last ${windows.length} looks of the steady probe`
  return count === 0
    ? `This pair was not among those that lost most ${looks}.`
    : `This pair lost ${count} packets, longest gap ${gap.toFixed(0)} ms, ${looks}.`
}
