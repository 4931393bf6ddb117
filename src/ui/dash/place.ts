import type {ModePlan} from '../../changes/set-mode/mode-plan.ts'
import type {Trouble} from './feed.ts'
import {type ListName, lists} from './lists.ts'
import type {PairHeld, PairProbed} from './pair-seen.ts'
import type {Walk} from './walk.ts'

/** What is looked at, and where in it. */
export type Place =
  | OverviewPlace
  | TopologyPlace
  | PairPlace
  | ListPlace
  | TextPlace
  | TracePlace
  | ModePlace
  | HelpPlace

export interface OverviewPlace {
  readonly view: 'overview'
  readonly top: number
}

/** `family`: place of the table; `from`, `to`: places in the order of the matrix. */
export interface TopologyPlace {
  readonly view: 'topology'
  readonly family: number
  readonly from: number
  readonly to: number
  readonly filter: string
}

/** Two Nodes, and both ways between them. */
export interface PairPlace {
  readonly view: 'pair'
  readonly family: number
  readonly from: string
  readonly to: string
  readonly top: number
  readonly held?: PairHeld
  readonly probed?: PairProbed
  /** The two agents are asked to probe now. */
  readonly asks: boolean
  /** Why they were not. */
  readonly trouble?: Trouble
}

export interface ListPlace {
  readonly view: 'list'
  readonly list: ListName
  readonly chosen: number
  /** Columns that are left out after the first. */
  readonly left: number
  readonly filter: string
  readonly sort?: {readonly title: string; readonly down: boolean}
  /** Also the columns that are seldom wanted. */
  readonly wide: boolean
  /** Stays at the last row, and looks more often. */
  readonly follow: boolean
}

export interface TextPlace {
  readonly view: 'text'
  readonly title: string
  readonly lines: readonly string[]
  readonly top: number
}

export interface TracePlace {
  readonly view: 'trace'
  /** Both ends are chosen, then the answer is waited for, then walked. */
  readonly step: 'from' | 'to' | 'asking' | 'walk' | 'failed'
  readonly typed: string
  /** A name while one chooses, a box while one walks. */
  readonly chosen: number
  readonly from?: string
  readonly to?: string
  readonly walk?: Walk
  /** Which destination of a Service. */
  readonly way: number
  readonly trouble?: Trouble
}

export interface ModePlace {
  readonly view: 'mode'
  readonly step: 'choose' | 'planning' | 'plan' | 'ended' | 'failed'
  /** Which of the modes; undefined: the one that runs. */
  readonly chosen?: number
  readonly snat: 'same' | 'on' | 'off'
  readonly plan?: ModePlan
  readonly confirm?: Confirmation
  readonly trouble?: Trouble
  readonly top: number
}

/** What must be typed, and what is then done. */
export interface Confirmation {
  readonly word: string
  readonly says: string
  readonly typed: string
  readonly how: 'begin' | 'resume' | 'undo'
}

export interface HelpPlace {
  readonly view: 'help'
  readonly top: number
}

/** Pages that one comes to by number or by name. */
export const pages = [
  {name: 'overview', title: 'Overview'},
  {name: 'topology', title: 'Topology'},
  {name: 'flows', title: lists.flows.title},
  {name: 'routes', title: lists.routes.title},
  {name: 'pods', title: lists.pods.title},
  {name: 'events', title: lists.events.title},
  {name: 'trace', title: 'Trace'},
  {name: 'mode', title: 'Mode'},
] as const satisfies readonly {
  readonly name: string
  readonly title: string
}[]
export type PageName = (typeof pages)[number]['name']

export function openPage(name: PageName): Place {
  switch (name) {
    case 'overview':
      return {view: 'overview', top: 0}
    case 'topology':
      return {view: 'topology', family: 0, from: 0, to: 0, filter: ''}
    case 'trace':
      return openTrace()
    case 'mode':
      return {view: 'mode', step: 'choose', snat: 'same', top: 0}
    case 'flows':
    case 'routes':
    case 'pods':
    case 'events':
      return {view: 'list', list: name, chosen: 0, left: 0, filter: '', wide: false, follow: name === 'events'}
  }
}

/** `from`: it is known already who sends. */
export function openTrace(from?: string): TracePlace {
  const first = {view: 'trace' as const, typed: '', chosen: 0, way: 0}
  return from === undefined ? {...first, step: 'from'} : {...first, step: 'to', from}
}

export function waitingTrace(from: string, to: string): TracePlace {
  return {...openTrace(from), step: 'asking', to}
}

/** The number and name under which it is reached. */
export function pageOf(place: Place): PageName | undefined {
  return pages.find(({name}) => name === place.view || ('list' in place && name === place.list))?.name
}

/** By the beginning of its name, where that says which. */
export function pageNamed(word: string): PageName | undefined {
  const found = pages.filter(({name}) => name.startsWith(word.toLowerCase()))
  return found.length === 1 || found[0]?.name === word ? found[0]?.name : undefined
}
