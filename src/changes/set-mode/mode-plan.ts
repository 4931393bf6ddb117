import type {ChangeOptions} from '../../model/change.ts'
import type {Refused} from '../../model/refusals/refuse.ts'
import type {SubnetTrouble} from '../../model/subnet.ts'
import type {TrafficMode} from '../../model/traffic-mode.ts'
import type {StaleMtu} from '../upstream/stale-mtu.ts'
import type {UnderlayNeed} from '../underlay/need.ts'
import type {RouterNeed} from './asked-of-routers.ts'
import type {ConfigDrift} from './config-drift.ts'
import type {LostFeature} from './features-lost.ts'
import type {ChangedPairs} from './pair-groups.ts'
import type {PlanPhase} from './phases.ts'
import type {PlannedNode} from './planned-node.ts'

export const defaultOptions: ChangeOptions = {maxLoss: 0, soakSeconds: 0, notReady: 'wait'}

/** What is so on upstream's agents alone, which read their configuration when they start. */
export interface UpstreamPart {
  /** All Nodes run it for a while: the two modes share no way. */
  readonly via?: TrafficMode
  /** In sentences, what nobody can prove there. */
  readonly unproven: readonly string[]
  /** What upstream leaves behind, with the command that takes it away. */
  readonly staleRoutes: readonly {readonly node: string; readonly commands: readonly string[]}[]
  /** Somebody has confirmed it. */
  readonly removeStaleRoutes: boolean
  /** Pods that go on sending too much, in the order in which to restart them. */
  readonly staleMtu: readonly StaleMtu[]
}

/** What a mode change would do, whole; docs/schemas/mode-plan.json describes it as JSON. */
export interface ModePlan {
  readonly version: 1
  readonly cluster: 'ours' | 'upstream'
  /** cluster: the ConfigMap says it in the end; nodes: the Nodes' own AntreaNodeConfig does, and the ConfigMap stays. */
  readonly scope: 'cluster' | 'nodes'
  readonly from: TrafficMode
  readonly to: TrafficMode
  /** What the ConfigMap says before. */
  readonly before: {readonly mode: TrafficMode; readonly noSNAT: boolean; readonly hash: string}
  /** The whole antrea-agent.conf afterwards; equal to the old one when only agents lag behind, and in the scope nodes. */
  readonly config: string
  readonly hash: string
  readonly noSNAT: {readonly from: boolean; readonly to: boolean}
  readonly nodes: readonly PlannedNode[]
  /** Every Node that changes, once. */
  readonly phases: readonly PlanPhase[]
  readonly options: ChangeOptions
  /** Ordered pairs of Nodes whose packets change their way. */
  readonly pairs: ChangedPairs
  /** Masks that make "in one subnet" doubtful, when the new mode asks for it. */
  readonly subnets: readonly SubnetTrouble[]
  /** What routers must know, and no Node can say whether they do: one for each router and podCIDR. */
  readonly routers: readonly RouterNeed[]
  /** What the network between the Nodes must allow, in the words of whose network it is. */
  readonly underlay: readonly UnderlayNeed[]
  readonly featuresLost: readonly LostFeature[]
  /** Where Nodes differ from the ConfigMap as it stands. */
  readonly drift: readonly ConfigDrift[]
  /** Why nothing of it may be done; the rest then says what would be. */
  readonly refusals: readonly Refused[]
  /** Where the agents are upstream's. */
  readonly upstream?: UpstreamPart
  readonly writes: boolean
  /** Nothing to write and no Node that lags. */
  readonly done: boolean
  /** Of all facts that decided this. */
  readonly factsHash: string
}

/** A plan as programs see it: all but the text of the configuration. */
export type PublishedPlan = Omit<ModePlan, 'config'>

export function publishedPlan({config: _config, ...plan}: ModePlan): PublishedPlan {
  return plan
}
