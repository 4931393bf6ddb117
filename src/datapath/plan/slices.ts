import type {NodeNetwork, ProbeEnd} from '../../model/node-network.ts'
import {samePeer} from '../../model/node.ts'
import {samePod} from '../../model/pod.ts'
import type {Slice} from './ledger.ts'
import {modeSlice, nodeSlices, ownerOfPeer, ownerOfPod, peerSlice, podSlice, probeSlice} from './owners.ts'

export interface OwnedSlice {
  readonly owner: string
  readonly slice: Slice
}

/**
 * The slices in which two networks differ, one after the other; all of them when there was none before. An owner that
 * is gone has an empty slice. One Pod more among thousands of peers is one slice, and no other is made.
 */
export function* changedSlices(before: NodeNetwork | undefined, now: NodeNetwork): Generator<OwnedSlice> {
  const {wiring, mode, formerMode, tunnelMtu} = now
  const rewired = before?.wiring !== wiring
  const sendsAlike = before?.mode === mode && before.formerMode === formerMode
  if (rewired) yield* nodeSlices(wiring)
  if (before?.mode !== mode) yield modeSlice(now)
  yield* changed(before?.peers, now.peers, {
    owner: ownerOfPeer,
    slice: (peer) => peerSlice(peer, now),
    same: rewired || !sendsAlike || before.tunnelMtu !== tunnelMtu ? never : samePeer,
  })
  yield* changed(before?.pods, now.pods, {
    owner: ownerOfPod,
    slice: (pod) => podSlice(pod, wiring),
    same: rewired ? never : samePod,
  })
  yield* changed(probesOf(before), probesOf(now), {
    owner: () => 'probe',
    slice: (probe) => probeSlice(probe, now),
    same: rewired || before?.peers !== now.peers ? never : (a, b) => a === b,
  })
}

function probesOf(network: NodeNetwork | undefined): readonly ProbeEnd[] {
  return network?.probe === undefined ? [] : [network.probe]
}

interface Part<T> {
  readonly owner: (value: T) => string
  readonly slice: (value: T) => Slice
  readonly same: (a: T, b: T) => boolean
}

function* changed<T>(before: readonly T[] = [], now: readonly T[], part: Part<T>): Generator<OwnedSlice> {
  const [left, right] = part.same === never ? [0, 0] : identical(before, now)
  const old = byOwner(before.slice(left, before.length - right), part)
  const current = byOwner(now.slice(left, now.length - right), part)
  for (const [owner, value] of current) {
    const was = old.get(owner)
    if (was === undefined || !part.same(was, value)) yield {owner, slice: part.slice(value)}
  }
  for (const owner of old.keys()) if (!current.has(owner)) yield {owner, slice: {}}
}

/** How many values are the very same at the start and at the end: with one change among thousands, all but one. */
function identical<T>(before: readonly T[], now: readonly T[]): readonly [left: number, right: number] {
  const shorter = Math.min(before.length, now.length)
  let left = 0
  while (left < shorter && before[left] === now[left]) left++
  let right = 0
  while (right < shorter - left && before[before.length - 1 - right] === now[now.length - 1 - right]) right++
  return [left, right]
}

/** Should two claim one address range, the last counts. */
function byOwner<T>(values: readonly T[], {owner}: Part<T>): ReadonlyMap<string, T> {
  return new Map(values.map((value) => [owner(value), value]))
}

function never(): boolean {
  return false
}
