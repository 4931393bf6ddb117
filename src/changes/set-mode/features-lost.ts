/** Something of Antrea that stops working with the new mode. */
export interface LostFeature {
  readonly feature: string
  readonly sentence: string
}
