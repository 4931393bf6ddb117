import type {NodeNftables} from '../../model/agent-api.ts'
import {observeNft, otherNftTables} from '../../datapath/machine/nft.ts'

/** GET /v1/nftables. */
export async function nftables(): Promise<NodeNftables> {
  const {rules, podCidrs, guards, strayGuards} = await observeNft()
  return {
    rules: rules.split('\n').filter((line) => line !== ''),
    podCidrs,
    guards,
    strayGuards,
    others: otherNftTables(),
  }
}
