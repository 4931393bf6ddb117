/** Something that the network between the Nodes must allow. */
export interface UnderlayNeed {
  /** addresses: Pods' addresses may pass. routes: podCIDRs are known. tunnel: its packets pass. answers: from outside. */
  readonly asks: 'addresses' | 'routes' | 'tunnel' | 'answers'
  readonly sentence: string
  /** Whose network it is: aws, gce, azure, vsphere …; absent: any. */
  readonly provider?: string
  /** met: somebody who knows says so; open: says that it is not so; unknown: nobody can say, the preflight tries. */
  readonly state: 'met' | 'open' | 'unknown'
  readonly nodes: readonly string[]
  /** To be run by a person, in this order; antctl runs none of them. */
  readonly commands: readonly string[]
  /** For kubectl apply -f -. */
  readonly manifest?: string
}
