import {setTimeout as sleep} from 'node:timers/promises'
import {antctlOk, type Kind} from '../e2e/cluster.ts'
import {type Couple, describeLoad, faultsOf, type Load, lostIn, type Stream, underLoad} from './load.ts'
import {type Change, change, type Changed, describeChanged} from './mode-changes.ts'
import {describeProbes, probeFaults, underProbes, type Watched} from './probes.ts'

/** Changes one after the other, while the Pods of one kind of pair talk. */
export interface Leg {
  readonly kind: Kind
  readonly changes: readonly Change[]
}

/** What the Pods' own senders say of it, and what the product's probes. */
export interface Walk extends Watched<Load> {
  /** `at`: milliseconds since the senders began. */
  readonly changed: readonly (Changed & {readonly at: number})[]
}

/** The Nodes that probe each other meanwhile: those of the pair, or n1 and its neighbour. */
const probing = {'same-node': ['n1', 'n2'], 'same-subnet': ['n1', 'n2'], 'cross-subnet': ['n1', 'n3']} as const
/** Seconds that a change takes, with the pause after it, as far as is known: the probes should outlast it. */
let perChange = 6
/** Milliseconds before the first change and after each. */
const pause = 500

/** The changes of the leg, or none for as long as they would take. */
export async function walk(
  leg: Leg,
  couple: Couple,
  streams: Readonly<Record<string, Stream>>,
  {idle}: {readonly idle: boolean},
): Promise<Walk> {
  const [first] = leg.changes
  if (first !== undefined) await antctlOk('set-mode', first.from, '--yes')
  const seconds = secondsOf(leg)
  const changed: Walk['changed'][number][] = []
  const watched = await underProbes(probing[leg.kind], seconds, () =>
    underLoad(couple, streams, async () => {
      const start = performance.now()
      if (idle) return sleep(1_000 * (seconds - 3))
      await sleep(pause)
      for (const next of leg.changes) {
        const at = performance.now() - start
        changed.push({...(await change(next)), at})
        await sleep(pause)
      }
    }),
  )
  if (watched.unwatched > 0) perChange += Math.ceil(watched.unwatched / 1000 / leg.changes.length) + 1
  return {...watched, changed}
}

/** For how long the probes send. */
function secondsOf({changes}: Leg): number {
  return 2 + perChange * changes.length
}

export function isWholeWalk(walk: Walk): boolean {
  return faultsOf(walk.result).length === 0 && probeFaults(walk).length === 0
}

/** Percent of the time in which something waited for a processor: on two of them Open vSwitch may then come too late. */
const crowded = 75

/** Sockets that were full, or no processor to be had: it is tried again at rates that leave room. */
export function byMachine({result: {overflows, pressure}}: Walk): boolean {
  return Object.keys(overflows).length > 0 || (pressure ?? 0) > crowded
}

/** The probes' links went while packets still flowed: their part is unknown. */
export function isVoid({result, unwatched}: Walk): boolean {
  return unwatched > 0 && faultsOf(result).length === 0
}

/** Of the packets at 1 kHz, between this change's beginning and the next one's. */
export function lostDuring({result, changed}: Walk, at: number): number {
  return lostIn(result, 'UDP at 1 kHz', [changed[at]?.at ?? 0, changed[at + 1]?.at ?? Number.POSITIVE_INFINITY])
}

export function describeWalk(walk: Walk): string {
  const changes = walk.changed.map((one) => `  at ${(one.at / 1000).toFixed(2)} s ${describeChanged(one)}`)
  return [describeLoad(walk.result), ...changes, `  ${describeProbes(walk)}`].join('\n')
}
