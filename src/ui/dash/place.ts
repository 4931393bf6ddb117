import {type ListName, lists} from './lists.ts'

/** What is looked at, and where in it. */
export type Place = OverviewPlace | TopologyPlace | PairPlace | ListPlace | TextPlace | HelpPlace

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
    case 'flows':
    case 'routes':
    case 'pods':
    case 'events':
      return {view: 'list', list: name, chosen: 0, left: 0, filter: '', wide: false, follow: name === 'events'}
  }
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
