import {type TrafficMode, trafficModeNames} from '../../model/traffic-mode.ts'
import {changeWords} from '../change-view.ts'
import type {Confirmation, ModePlace} from './place.ts'
import type {State} from './state.ts'

interface ModeWish extends Pick<ModePlace, 'snat'> {
  readonly at: number
  readonly mode: TrafficMode
  /** The mode stays as it is on all Nodes. */
  readonly isRunning: boolean
}

/** As chosen; who has chosen no mode means the one that most Nodes run. */
export function wishOf({facts}: State, {chosen, snat}: ModePlace): ModeWish {
  const modes = facts.health?.value?.report.modes ?? {}
  const running = trafficModeNames.toSorted((a, b) => (modes[b]?.length ?? 0) - (modes[a]?.length ?? 0))[0]
  const at = chosen ?? trafficModeNames.findIndex((name) => name === running)
  const mode = trafficModeNames[at] ?? 'encap'
  return {at, mode, snat, isRunning: modes[mode] !== undefined && Object.keys(modes).length === 1}
}

export function wishWords({mode, snat, isRunning}: ModeWish): string {
  if (snat === 'same') return mode
  const words = snat === 'on' ? 'with SNAT' : 'without SNAT'
  return isRunning ? `${words} alone, in the mode as it is,` : `${mode} ${words}`
}

/** Asked once the plan stands there. */
export function confirmationOf(plan: NonNullable<ModePlace['plan']>): Confirmation {
  const changing = plan.phases.reduce((sum, {nodes}) => sum + nodes.length, 0)
  const says = `Change ${changing} ${changing === 1 ? 'Node' : 'Nodes'} to ${changeWords({...plan, from: plan.to})}?`
  return {word: confirmWord(plan), says, typed: '', how: 'begin'}
}

/** What set-mode is told: the mode, or the flag where SNAT alone changes. */
function confirmWord({from, to, noSNAT}: NonNullable<ModePlace['plan']>): string {
  if (from !== to || noSNAT.from === noSNAT.to) return to
  return noSNAT.to ? 'no-snat' : 'snat'
}
