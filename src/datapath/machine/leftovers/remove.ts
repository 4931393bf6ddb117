import {sentenceOf} from '../../../model/errors.ts'
import {removeChains} from './chains.ts'
import {removeDevices} from './devices.ts'
import {removeLegacyChains} from './legacy-chains.ts'
import {removePolicyRouting} from './policy-routing.ts'
import {removeSets} from './sets.ts'

export interface Swept {
  /** What is gone. */
  readonly removed: readonly string[]
  /** What could not be removed, each with the reason: the next sweep tries again. */
  readonly left: readonly string[]
}

/** Chains before the sets that their rules point to. */
const sweeps = {
  'chains of iptables': removeChains,
  'chains of iptables-legacy': removeLegacyChains,
  'sets of ipset': removeSets,
  'rules and tables of routing': removePolicyRouting,
  devices: removeDevices,
} as const

/**
 * Takes away what upstream's agent put into the kernel for itself and nobody needs any more: it masquerades, marks and
 * turns packets of Pods that are ours now. Only what carries upstream's names is touched. Source: upstream
 * pkg/agent/route/route_linux.go, pkg/agent/util/ipset.
 */
export async function removeLeftovers(): Promise<Swept> {
  const removed: string[] = []
  const left: string[] = []
  for (const [what, sweep] of Object.entries(sweeps)) {
    try {
      const swept = await sweep()
      removed.push(...swept.removed)
      left.push(...swept.left)
    } catch (error) {
      left.push(`${what}: ${sentenceOf(error)}`)
    }
  }
  return {removed, left}
}
