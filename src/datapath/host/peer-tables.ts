import type {KernelRoute} from '../../model/agent-api.ts'
import {type TrafficMode, trafficModes} from '../../model/traffic-mode.ts'

/** Has the kernel look a table up; the lower the priority, the earlier. */
export interface RouteRule {
  readonly table: number
  readonly priority: number
}

/**
 * Each way to each peer has its place in one of these, in every mode; which of them are looked up, just before the main
 * table, is what the mode decides. One change of a rule is one change
 * for thousands of peers.
 */
export const peerTables = {
  /** To Nodes of the own subnet, without a tunnel. */
  nearDirect: {table: 166, priority: 32_765},
  nearTunnel: {table: 167, priority: 32_764},
  farTunnel: {table: 168, priority: 32_763},
} as const satisfies Readonly<Record<string, RouteRule>>

const numbers: readonly number[] = Object.values(peerTables).map(({table}) => table)

export function isPeerTable(table: number | undefined): boolean {
  return table !== undefined && numbers.includes(table)
}

/** Across subnets the fabric must know the way where no tunnel does: nothing of ours is looked up for them. */
export function rulesOf(mode: TrafficMode): readonly RouteRule[] {
  const {nearDirect, nearTunnel, farTunnel} = peerTables
  const {tunnels} = trafficModes[mode]
  switch (tunnels) {
    case 'always':
      return [farTunnel, nearTunnel, nearDirect]
    case 'across-subnets':
      return [farTunnel, nearDirect]
    case 'never':
      return [nearDirect]
  }
}

/** In ip-rule(8)'s words. */
export function describeRule({table, priority}: RouteRule): string {
  return `rule ${priority} lookup ${table}`
}

/** Of the main table and those of the peers, what counts: of each destination the one that is looked up first. */
export function countingRoutes(routes: readonly KernelRoute[], rules: readonly RouteRule[]): readonly KernelRoute[] {
  const byTable = Map.groupBy(routes, ({table}) => table)
  const order = [...rules.toSorted((a, b) => a.priority - b.priority).map(({table}) => table), undefined]
  const seen = new Set<string>()
  return order.flatMap((table) => {
    const rows = (byTable.get(table) ?? []).filter(({to}) => table === undefined || !seen.has(to))
    for (const {to} of rows) seen.add(to)
    return rows
  })
}
