import type {Cidr, InterfaceAddress} from '../address.ts'
import type {ConfigValues} from '../config/keys.ts'

/** Words for the {names} of a sentence. */
export type Fills = Readonly<Record<string, string | number | boolean>>

/** What is known around a configuration. Whatever is not known is not judged. */
export interface Surroundings {
  /** Whose agent will run it; ours when not said. */
  readonly agent?: 'ours' | 'upstream'
  /** ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY=true in the agent's environment. */
  readonly allowWithoutProxy?: boolean
  /** ANTREA_IPSEC_PSK is in the agent's environment. */
  readonly ipsecKey?: boolean
  /** The Node has the program nft, or can be spoken to over nfnetlink. */
  readonly nft?: boolean
  /** The kernel has Open vSwitch's datapath. */
  readonly kernelDatapath?: boolean
  /** The interface towards the other Nodes; MTU in bytes. */
  readonly transport?: {readonly mtu: number; readonly addresses: readonly InterfaceAddress[]}
  readonly podCidrs?: readonly Cidr[]
  /** First part of the Node's spec.providerID: aws, azure, gce … */
  readonly provider?: string
  /** What the cloud's route controller says of the Node's routes. */
  readonly cloudRoutes?: 'created' | 'missing'
}

export interface ConfigFacts {
  readonly values: ConfigValues
  readonly around: Surroundings
}

/** Something that no agent may be told to run. */
export interface RefusalRow {
  /** The key to look at; its line is named. */
  readonly key?: string
  readonly by: 'ours' | 'upstream' | 'both'
  /** {trafficEncapMode} is the key's value; other names are filled by `when` or by who refuses. */
  readonly sentence: string
  readonly cause: string
  /** The likeliest first; with the same {names}. */
  readonly remedy: readonly string[]
  /** Absent: refused by name, where it is found. */
  when?(facts: ConfigFacts): boolean | Fills
}

export const editConfig = 'kubectl -n kube-system edit configmap antrea-config'
