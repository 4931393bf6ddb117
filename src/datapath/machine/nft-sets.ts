import {ingressRuleset, nftTable, podCidrSetName} from '../host/nft.ts'
import type {Machine} from '../plan/machine.ts'
import {observeLinks} from './links.ts'
import {observeNftTables, putNft} from './nft.ts'

/** What this process put: text is all that `nft` gives back cheaply. */
const put = {ruleset: '', guards: new Set<string>()}

/** Guards and podCIDRs by the text of `nft`. */
export const nftByText: Machine['nft'] = {
  put: async (ruleset) => {
    await putNft(ruleset)
    put.ruleset = ruleset
  },
  guard: (devices) => putGuards(devices, (name) => put.guards.add(name)),
  unguard: (devices) => putGuards(devices, (name) => put.guards.delete(name)),
  addPodCidrs: (podCidrs) => putNft(`add element ${elements(podCidrs)}`),
  removePodCidrs: (podCidrs) => putNft(`add element ${elements(podCidrs)}delete element ${elements(podCidrs)}`),
}

/** `whole`: table inet antctl is the one that this process put. */
export async function observeNft(): Promise<{readonly whole: boolean; readonly guards: readonly string[]}> {
  const tables = await observeNftTables()
  return {
    whole: put.ruleset !== '' && tables.includes(`inet ${nftTable}`),
    guards: tables.includes(`netdev ${nftTable}`) ? [...put.guards] : [],
  }
}

async function putGuards(devices: readonly string[], change: (name: string) => void): Promise<void> {
  for (const name of devices) change(name)
  const present = new Set((await observeLinks()).map(({name}) => name))
  await putNft(ingressRuleset([...put.guards].filter((name) => present.has(name))))
}

function elements(podCidrs: readonly string[]): string {
  return `inet ${nftTable} ${podCidrSetName} { ${podCidrs.join(', ')} }\n`
}
