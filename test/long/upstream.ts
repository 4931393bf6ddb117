import type {Kind} from '../e2e/cluster.ts'
import {type Change, nameOf} from './mode-changes.ts'
import {allKinds} from './stream.ts'

interface Row extends Change {
  /** From the edit of the ConfigMap to the end of the rolling restart. */
  readonly whole: string
  /** Of packets at 1 kHz, a run each; or how long nothing passed. */
  readonly lost: Readonly<Record<Kind, string>>
}

/**
 * Antrea 2.8-dev on three Nodes in two subnets, changed as its documentation says: ConfigMap edited, `rollout restart` of
 * the agents. Measured on a machine of two cores, on the userspace datapath, another day.
 */
export const upstreamChanges: readonly Row[] = [
  {
    from: 'encap',
    to: 'hybrid',
    whole: '40-42 s',
    lost: {'same-node': '52, 0', 'same-subnet': '180, 9', 'cross-subnet': '267, 0'},
  },
  {
    from: 'hybrid',
    to: 'noEncap',
    whole: '42-43 s',
    lost: {'same-node': '47, 0', 'same-subnet': '87, 0', 'cross-subnet': 'broken for good'},
  },
  {
    from: 'encap',
    to: 'noEncap',
    whole: '41 s',
    lost: {'same-node': '0, 0', 'same-subnet': '28.3, 13.8 s out', 'cross-subnet': 'broken for good'},
  },
  {
    from: 'noEncap',
    to: 'encap',
    whole: '40-41 s',
    lost: {'same-node': '133, 0, 232', 'same-subnet': '30.9, 30.7, 27.3 s out', 'cross-subnet': '39 s out'},
  },
]

/** One of our changes as it went, for one kind of pair. */
export interface Ours extends Change {
  readonly kind: Kind
  /** Milliseconds, of the whole command. */
  readonly whole: number
  /** Of packets at 1 kHz. */
  readonly lost: number
}

/** Upstream's changes, and below each what ours did in this run. */
export function besideUpstream(ours: readonly Ours[]): string {
  const rows = upstreamChanges.flatMap((row) => {
    const mine = ours.filter(({from, to}) => from === row.from && to === row.to)
    const seconds = mine.map(({whole}) => (whole / 1000).toFixed(1)).join(', ')
    return [
      [nameOf(row), 'upstream', row.whole, ...allKinds.map((kind) => row.lost[kind])],
      ['', 'ours', mine.length === 0 ? '' : `${seconds} s`, ...allKinds.map((kind) => lostOf(mine, kind))],
    ]
  })
  return [['change', '', 'whole', ...allKinds], ...rows].map(line).join('\n')
}

function lostOf(ours: readonly Ours[], kind: Kind): string {
  const runs = ours.filter((one) => one.kind === kind).map(({lost}) => lost)
  return runs.length === 0 ? 'not in this run' : runs.join(', ')
}

function line(cells: readonly string[]): string {
  const widths = [18, 8, 18, 16, 24, 16]
  return `  ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd()
}
