import type {PathClass, PairPath} from '../../diagnostics/paths/pair.ts'
import type {PlannedClass} from '../../model/pair-group.ts'
import {type TrafficMode, trafficModeNames} from '../../model/traffic-mode.ts'
import type {ExpectedWay, WaysOf} from '../set-mode/expected-classes.ts'

/**
 * The mode by which a Node's flows send: upstream's agents do not tell it. `configured` where several would do the same, as encap and
 * hybrid do without a neighbour in the subnet.
 */
export function seenMode(
  node: string,
  paths: readonly PairPath[],
  {ways, configured}: {readonly ways: WaysOf; readonly configured: TrafficMode},
): TrafficMode | 'unknown' {
  const fitting = trafficModeNames.filter((mode) => flowsTrouble(paths, ways(node, mode)) === undefined)
  return fitting.includes(configured) ? configured : (fitting[0] ?? 'unknown')
}

/** Do the flows lead where the mode wants them? What the kernel does with what they hand to the gateway, nobody tells. */
export function flowsTrouble(paths: readonly PairPath[], wanted: readonly ExpectedWay[]): string | undefined {
  for (const {to, podCidr, class: expected} of wanted) {
    const path = paths.find((path) => path.to === to && path.podCidr === podCidr)
    if (path === undefined) return `nothing is known of its way to ${to}`
    if (!mayBe(path.class, expected)) return `to ${to} it is ${path.class}, not ${expected}: ${path.why}`
  }
  return undefined
}

function mayBe(found: PathClass, expected: PlannedClass): boolean {
  if (found === 'unknown') return expected === 'routed' || expected === 'fabric'
  return found === expected || (expected === 'fabric' && found === 'routed')
}
