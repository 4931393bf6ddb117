import {isGateOn} from '../../model/config/feature-gates.ts'
import type {ConfigValues} from '../../model/config/keys.ts'
import type {TrafficMode} from '../../model/traffic-mode.ts'

/** Something of Antrea that stops working with the new mode. */
export interface LostFeature {
  readonly feature: string
  readonly sentence: string
}

export interface ModeStep {
  readonly from: TrafficMode
  readonly to: TrafficMode
  readonly cluster: 'ours' | 'upstream'
  /** Of antrea-agent.conf, the mode itself left aside. */
  readonly values: ConfigValues
}

interface FeatureRow extends LostFeature {
  /** Does it work in that mode, with these values? Whatever is refused in a mode is no matter of this table. */
  works(mode: TrafficMode, step: ModeStep): boolean
}

/** What a mode takes away without any agent refusing it. */
const features: readonly FeatureRow[] = [
  {
    feature: 'Egress',
    sentence: 'Egress has no effect in noEncap: Pods leave by their own Node, with its address or (noSNAT) their own',
    works: (mode, {values, cluster}) =>
      mode !== 'noEncap' &&
      // Ours has none yet, so that nobody loses it who did not ask for it.
      (cluster === 'upstream' ? isGateOn(values.featureGates, 'Egress') : values.featureGates['Egress'] === true),
  },
  {
    feature: 'Multicast between Nodes',
    sentence: 'Multicast needs an underlay that carries it in noEncap: no tunnel takes copies to the other Nodes',
    works: (mode, {values}) => mode !== 'noEncap' && values.multicast.enable,
  },
  {
    feature: 'Egress rules on the way to Services',
    sentence:
      'AntreaProxy is off: kube-proxy sends packets to Services on from the Node, and past the Egress rules of NetworkPolicies where they are not tunnelled',
    works: (mode, {values, cluster}) => mode === 'encap' && !runsProxy(values, cluster),
  },
  {
    feature: 'hostNetworkAcceleration',
    sentence: 'hostNetworkAcceleration has nothing to speed up in encap: all packets between Nodes are tunnelled',
    works: (mode, {values, cluster}) =>
      mode !== 'encap' && cluster === 'upstream' && values.hostNetworkAcceleration.enable,
  },
]

export function featuresLost(step: ModeStep): readonly LostFeature[] {
  return features
    .filter((row) => row.works(step.from, step) && !row.works(step.to, step))
    .map(({feature, sentence}) => ({feature, sentence}))
}

function runsProxy({antreaProxy, featureGates}: ConfigValues, cluster: ModeStep['cluster']): boolean {
  return cluster === 'upstream' && antreaProxy.enable && isGateOn(featureGates, 'AntreaProxy')
}
