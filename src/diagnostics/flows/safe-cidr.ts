import {type Cidr, parseCidr} from '../../model/address.ts'

/** A network from a text that the cluster sent; undefined for what is none. */
export function safeCidr(text: string): Cidr | undefined {
  try {
    return parseCidr(text)
  } catch {
    return undefined
  }
}
