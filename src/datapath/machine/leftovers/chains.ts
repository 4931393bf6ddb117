import {body} from '../netlink/codec.ts'
import {be32, text} from '../netlink/kinds.ts'
import {kernel} from '../netlink/kernel.ts'
import * as nf from '../netlink/nf-tables.ts'
import type {Request} from '../netlink/requests.ts'
import {listTables} from '../nft/listing.ts'
import type {Swept} from './remove.ts'

const families = ['ip', 'ip6'] as const
type Family = (typeof families)[number]

/** Those of iptables, where its rules are kept as nf_tables. */
const tables = ['raw', 'mangle', 'nat', 'filter']
/** ANTREA-POSTROUTING and its like, ANTREA-NODE-PORT-LOCAL, ANTREA-POL-… of NodeNetworkPolicies. */
export const chainMark = 'ANTREA-'

/** Upstream's chains with the rules that lead to them, and its own nft table. */
export function removeChains(): Swept {
  const removed = families.flatMap((family) => {
    const present = listTables(family)
    return [
      ...tables.filter((table) => present.includes(table)).flatMap((table) => removeFrom(family, table)),
      ...(present.includes('antrea') ? removeTable(family) : []),
    ]
  })
  return {removed, left: []}
}

function removeFrom(family: Family, table: string): readonly string[] {
  const chains = chainsOf(family, table)
  if (chains.length === 0) return []
  const place = {family: nf.families[family], table}
  const what = `${family} ${table} ${chains.join(', ')}`
  kernel('netfilter').commit([
    ...rulesToThem(family, table).map((rule): Request => ({type: nf.types.delRule, body: rule, what})),
    ...chains.map((chain): Request => ({type: nf.types.delRule, body: nf.rule.encode({...place, chain}), what})),
    ...chains.map((name): Request => ({type: nf.types.delChain, body: nf.chain.encode({...place, name}), what})),
  ])
  return chains.map((name) => `${family} ${table} chain ${name}`)
}

function chainsOf(family: Family, table: string): readonly string[] {
  const rows = kernel('netfilter').dump({
    type: nf.types.getChain,
    body: nf.chain.encode({family: nf.families[family]}),
    what: 'chains',
    ignores: ['ENOENT'],
  })
  return rows
    .map((row) => nf.chain.decode(row.body))
    .flatMap((chain) => (chain.table === table && chain.name?.startsWith(chainMark) === true ? [chain.name] : []))
}

/** What the deletion of each rule of others asks for that goes on to one of upstream's chains. */
function rulesToThem(family: Family, table: string): readonly Buffer[] {
  const place = {family: nf.families[family], table}
  const request = {type: nf.types.getRule, body: nf.rule.encode(place), what: `rules of ${table}`, ignores: ['ENOENT']}
  return kernel('netfilter')
    .dump(request)
    .map((row) => nf.rule.decode(row.body))
    .filter((rule) => rule.table === table && rule.chain?.startsWith(chainMark) !== true)
    .filter((rule) => rule.expressions?.some(isJump) === true)
    .map(({chain, handle}) => nf.rule.encode({...place, chain, handle}))
}

/** NFTA_IMMEDIATE_DATA, in it NFTA_DATA_VERDICT, in it NFTA_VERDICT_CODE and NFTA_VERDICT_CHAIN. */
const verdict = body('nft verdict', {}, {code: [1, be32], chain: [2, text]})
const immediate = body('immediate', {}, {data: [2, body('nft data', {}, {verdict: [2, verdict]})]})

function isJump({name, values}: nf.Expression): boolean {
  if (name !== 'immediate') return false
  const chain = immediate.decode(Buffer.from(String(values['unknown']), 'hex')).data?.verdict?.chain
  return chain?.startsWith(chainMark) === true
}

/** nft table antrea: a flow table past the rules of others, and the services of its proxy. */
function removeTable(family: Family): readonly string[] {
  const table = nf.table.encode({family: nf.families[family], name: 'antrea'})
  kernel('netfilter').commit([{type: nf.types.delTable, body: table, what: `${family} table antrea`}])
  return [`${family} table antrea`]
}
