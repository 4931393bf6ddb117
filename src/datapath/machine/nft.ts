import type {Cidr} from '../../model/address.ts'
import {guardChain, nftTable, podCidrSetName} from '../host/nft.ts'
import type {Machine} from '../plan/machine.ts'
import {kernel} from './netlink/kernel.ts'
import {encodeCommands} from './nft/commands.ts'
import {listElements, listTable, listTables} from './nft/listing.ts'
import {KernelRefusal} from './system-calls.ts'

/** The nft hands of a plan: each call is one transaction of the kernel. */
export const nft: Machine['nft'] = {
  put: async (ruleset) => commit(ruleset.split('\n').filter((line) => line !== '')),
  guard: async (devices) => {
    each(devices, {
      lines: (name) => [`add table ${netdev}`, guardChain(name), `flush chain ${netdev} ${name}`],
      // A chain of that name is there already, but at another place.
      instead: (name) => [...removal(name), guardChain(name)],
    })
  },
  unguard: async (devices) => each(devices, {lines: removal}),
  addPodCidrs: async (podCidrs) => {
    if (podCidrs.length > 0) commit([elements('add', podCidrs)])
  },
  removePodCidrs: async (podCidrs) => {
    const there = new Set<string>(listElements('inet', nftTable, podCidrSetName).networks)
    const left = podCidrs.filter((podCidr) => there.has(podCidr))
    if (left.length > 0) commit([elements('delete', left)])
  },
}

/** What our tables hold. */
export interface NftState {
  /** Of table inet antctl, as host/nft.ts has them in natRules(); '' without the table. */
  readonly rules: string
  readonly podCidrs: readonly Cidr[]
  /** Devices whose guard is whole. */
  readonly guards: readonly string[]
  /** Chains beside them, and guards that somebody changed. */
  readonly strayGuards: readonly string[]
}

export async function observeNft(): Promise<NftState> {
  const {networks, strays} = listElements('inet', nftTable, podCidrSetName)
  // What is no network cannot be taken out of the set by name: then the table is not the one that we want.
  const rules = [...listTable('inet', nftTable), ...strays.map((range) => `[element ${range}]`)]
  const chains = Map.groupBy(listTable('netdev', nftTable).slice(1), (line) => line.split(' ')[4] ?? '')
  const isWhole = (name: string) => chains.get(name)?.join('\n') === guardChain(name)
  const names = [...chains.keys()]
  return {
    rules: rules.map((line) => `${line}\n`).join(''),
    podCidrs: networks,
    guards: names.filter(isWhole),
    strayGuards: names.filter((name) => !isWhole(name)),
  }
}

/** "inet filter": what other programs keep beside ours. */
export function otherNftTables(): readonly string[] {
  const families = ['inet', 'ip', 'ip6', 'netdev'] as const
  return families.flatMap((family) =>
    listTables(family)
      .filter((table) => table !== nftTable)
      .map((table) => `${family} ${table}`),
  )
}

/** "inet antctl" and so on. Tables that are not there are no error. */
export async function removeNftTables(tables: readonly ('inet antctl' | 'netdev antctl')[]): Promise<void> {
  const families = {'inet antctl': 'inet', 'netdev antctl': 'netdev'} as const
  const present = tables.filter((table) => listTables(families[table]).includes(nftTable))
  commit(present.map((table) => `delete table ${table}`))
}

const netdev = `netdev ${nftTable}`

function removal(name: string): readonly string[] {
  return [`flush chain ${netdev} ${name}`, `delete chain ${netdev} ${name}`]
}

function elements(verb: 'add' | 'delete', podCidrs: readonly string[]): string {
  return `${verb} element inet ${nftTable} ${podCidrSetName} { ${podCidrs.join(', ')} }`
}

function commit(lines: readonly string[]): void {
  kernel('netfilter').commit(encodeCommands(lines))
}

/** All in one transaction; refused, each by itself: of what is gone (a device, a chain, the table) nothing is left to do. */
function each(
  names: readonly string[],
  {lines, instead}: Readonly<Record<'lines', Lines> & Partial<Record<'instead', Lines>>>,
): void {
  try {
    commit(names.flatMap(lines))
    return
  } catch (error) {
    if (!(error instanceof KernelRefusal)) throw error
  }
  for (const name of names) {
    try {
      commit(lines(name))
    } catch (error) {
      if (!(error instanceof KernelRefusal)) throw error
      if (error.errno === 'ENOENT') continue
      if (instead === undefined) throw error
      commit(instead(name))
    }
  }
}

type Lines = (name: string) => readonly string[]
