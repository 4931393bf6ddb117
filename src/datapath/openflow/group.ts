import type {Counters} from './counters.ts'

/** enum ofp_group_type: every bucket, one by hash, the one, or the first whose port lives. */
export const groupTypes = {all: 0, select: 1, indirect: 2, ff: 3} as const

/** A group in ovs-ofctl's words (ovs-ofctl(8), "Group Syntax"): what several flows share, or one way out of several. */
export interface Group {
  readonly id: number
  readonly type: keyof typeof groupTypes
  readonly buckets: readonly Bucket[]
  /** How "select" chooses; the switch's own way when it is left out. */
  readonly selection?: Selection
}

export interface Bucket {
  readonly id: number
  readonly actions: readonly string[]
  /** Of a select group; 1 when it is left out. */
  readonly weight?: number
  /** Alive while this port is; of a fast failover group. */
  readonly watchPort?: number
  readonly watchGroup?: number
}

export interface Selection {
  /** "hash" or "dp_hash". */
  readonly method: string
  readonly parameter: bigint
  /** Field to mask, '' for all of it: what "hash" counts. */
  readonly fields: Readonly<Record<string, string>>
}

export interface GroupStats extends Counters {
  readonly id: number
  /** Flows and groups that point to it. */
  readonly references: number
  readonly buckets: readonly {readonly packets: bigint; readonly bytes: bigint}[]
}
