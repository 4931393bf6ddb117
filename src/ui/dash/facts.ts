import type {ChangeEvent} from '../../model/change-event.ts'
import type {AgentInfo} from '../../model/agent-info.ts'
import type {AntctlError} from '../../model/errors.ts'
import type {ChangeStatus} from '../../changes/engine/status.ts'
import type {HealthReport} from '../../diagnostics/health/report.ts'
import type {PathTable} from '../../diagnostics/paths/table.ts'
import type {SeenProbe} from '../../diagnostics/probes/others.ts'
import {type Feed, type Trouble, troubleOf} from './feed.ts'
import type {Sheet} from './sheet.ts'

/** A Node that has not answered what it was asked; times in milliseconds since 1970. */
export interface LateNode {
  readonly node: string
  readonly since: number
  /** When it last answered anything. */
  readonly answered?: number
  /** Milliseconds that one question is given. */
  readonly limit: number
  /** Why its last question came to nothing; absent: it is waited for. */
  readonly failure?: string
}

export interface Health {
  readonly report: HealthReport
  /** Nodes of whom nothing newer is known. */
  readonly late: readonly LateNode[]
  readonly infos: readonly AgentInfo[]
  /** The API server that says so. */
  readonly server: string
}

export interface Paths {
  /** One a family. */
  readonly tables: readonly PathTable[]
  /** Nodes that did not answer, each with its reason. */
  readonly silent: readonly {readonly node: string; readonly reason: string}[]
  /** Why no agent says what its Node holds; the tables are then predicted. */
  readonly predicted?: string
}

/** The last change as the cluster keeps it. */
export interface ChangeSeen {
  readonly status: ChangeStatus
  readonly events: readonly ChangeEvent[]
}

/** Loss and round trips, and whose sessions tell of them. */
export type ProbeSeen =
  | (SeenProbe & {
      readonly by: 'us' | 'others'
      /** Ordered pairs that there are. */
      readonly allPairs: number
      /** When the last window was told of, in milliseconds since 1970. */
      readonly at?: number
    })
  /** Why nobody does. */
  | {readonly by: 'nobody'; readonly why?: Trouble}

/** What each question is answered with. */
export interface FeedValues {
  readonly health: Health
  readonly probe: ProbeSeen
  readonly change: ChangeSeen
  readonly paths: Paths
  readonly flows: Sheet
  readonly routes: Sheet
  readonly pods: Sheet
  readonly events: Sheet
}
export type FeedName = keyof FeedValues

/** Milliseconds from one question to the next; `perNode`: more where more Nodes are asked. */
export const feedPaces: Readonly<Record<FeedName, {readonly every: number; readonly perNode: number}>> = {
  health: {every: 5_000, perNode: 40},
  probe: {every: 2_000, perNode: 5},
  change: {every: 2_000, perNode: 0},
  paths: {every: 10_000, perNode: 40},
  flows: {every: 5_000, perNode: 40},
  routes: {every: 5_000, perNode: 20},
  pods: {every: 5_000, perNode: 20},
  events: {every: 3_000, perNode: 20},
}

export type Facts = {readonly [Name in FeedName]?: Feed<FeedValues[Name]>}

/** Something of the cluster came, or did not. */
export type FeedEvent =
  /** `soon`: some Node is waited for, so that it is asked again before its time. */
  | {readonly kind: 'arrived'; readonly facts: Facts; readonly at: number; readonly soon?: boolean}
  | {readonly kind: 'failed'; readonly feed: FeedName; readonly error: AntctlError; readonly at: number}

export function withNews(facts: Facts, event: FeedEvent): Facts {
  if (event.kind === 'arrived') return {...facts, ...event.facts}
  const {feed, error} = event
  return {...facts, [feed]: {...facts[feed], trouble: troubleOf(error)}}
}

export function paceOf(name: FeedName, facts: Facts): number {
  const {every, perNode} = feedPaces[name]
  return every + perNode * (facts.health?.value?.infos.length ?? 0)
}

/** What the probes have told, the newest last. */
export function windowsIn({probe}: Facts): SeenProbe['windows'] {
  return probe?.value !== undefined && probe.value.by !== 'nobody' ? probe.value.windows : []
}
