/** Something that the network between the Nodes must allow. */
export interface UnderlayNeed {
  readonly sentence: string
  /** Whose network it is: aws, gce, azure, vsphere …; absent: any. */
  readonly provider?: string
  readonly nodes: readonly string[]
  /** To be run by a person, in this order; nothing of it is run by antctl. */
  readonly commands: readonly string[]
}
