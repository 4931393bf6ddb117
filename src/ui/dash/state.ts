import type {Screen} from '../frames.ts'
import type {Facts} from './facts.ts'
import type {TrafficMode} from '../../model/traffic-mode.ts'
import type {ChangeProgress} from '../change-progress.ts'
import {type Confirmation, type ModePlace, openPage, type Place} from './place.ts'
import type {Prompt} from './prompt.ts'

/** All that a frame is drawn from. */
export interface State {
  readonly screen: Screen
  /** Milliseconds since 1970. */
  readonly now: number
  readonly facts: Facts
  /** The last is shown; Esc goes back to the one before. */
  readonly places: readonly [Place, ...Place[]]
  readonly prompt?: Prompt
  /** What a key or command came to, until the next one. */
  readonly note?: string
  /** No agent is to send probes unless a key says so. */
  readonly quiet?: boolean
  /** A change that this process carries out. */
  readonly driving?: Driving
  /** q was pressed while one is carried out. */
  readonly leaving?: true
}

export interface Driving {
  readonly progress: ChangeProgress
  /** Before the first step there is nothing else to see. */
  readonly doing?: string
}

/** What is to be done beside drawing. */
export type Effect =
  | {readonly do: 'quit'}
  /** In YAML, as a text of its own. */
  | {readonly do: 'show'; readonly title: string; readonly value: unknown}
  | {readonly do: 'trace'; readonly from: string; readonly to: string}
  /** At a pair: what its Nodes hold, and where `probes` says so what their packets do. */
  | {readonly do: 'look'; readonly from: string; readonly to: string; readonly probes: boolean}
  | {readonly do: 'plan'; readonly mode: TrafficMode; readonly snat: ModePlace['snat']}
  | {readonly do: 'drive'; readonly how: Confirmation['how']}
  | {readonly do: 'pause'}

export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
}

export function openState(start: Pick<State, 'screen' | 'now' | 'quiet'>, place: Place): State {
  return {...start, facts: {}, places: [place]}
}

export function placeOf({places}: State): Place {
  return places.at(-1) ?? places[0]
}

export function only(state: State, ...effects: readonly Effect[]): Step {
  return {state, effects}
}

/** The shown place as it is now. */
export function put(state: State, place: Place): State {
  const [first, ...rest] = state.places
  return {...state, places: rest.length === 0 ? [place] : [first, ...rest.slice(0, -1), place]}
}

export function enter(state: State, place: Place): State {
  return {...state, places: [...state.places, place]}
}

/** Whoever came by number or name comes back to the overview. */
export function leave(state: State): State {
  const [first, ...rest] = state.places
  return {...state, places: rest.length === 0 ? [openPage('overview')] : [first, ...rest.slice(0, -1)]}
}

/** From the overview there is no way back. */
export function isAtHome({places: [first, ...rest]}: State): boolean {
  return first.view === 'overview' && rest.length === 0
}

/** By number or name: what was on the way before is left. */
export function jump(state: State, place: Place): State {
  return {...state, places: [place]}
}
