/** What is looked at, and where in it. */
export type Place = OverviewPlace | TopologyPlace | PairPlace | HelpPlace

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

export interface HelpPlace {
  readonly view: 'help'
  readonly top: number
}

/** Pages that one comes to by number or by name. */
export const pages = [
  {name: 'overview', title: 'Overview'},
  {name: 'topology', title: 'Topology'},
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
  }
}

/** By the beginning of its name, where that says which. */
export function pageNamed(word: string): PageName | undefined {
  const found = pages.filter(({name}) => name.startsWith(word.toLowerCase()))
  return found.length === 1 || found[0]?.name === word ? found[0]?.name : undefined
}
