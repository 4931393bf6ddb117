import {kernel} from './netlink/kernel.ts'
import * as nf from './netlink/nf-tables.ts'
import type {Request} from './netlink/requests.ts'
import * as rtnetlink from './netlink/rtnetlink.ts'
import {listTables} from './nft/listing.ts'

/**
 * Takes away what upstream's agent put into the kernel for itself and nobody needs any more: it masquerades, marks and
 * turns packets of Pods that are ours now. The answer names what is gone. Source: upstream pkg/agent/route/route_linux.go,
 * whose iptables write nf_tables; its ipsets stay, because nothing points to them then.
 */
export async function removeLeftovers(): Promise<readonly string[]> {
  return [...families.flatMap((family) => [...removeChains(family), ...removeTable(family)]), ...removePolicyRules()]
}

const families = ['ip', 'ip6'] as const
type Family = (typeof families)[number]

/** iptables' tables, its own chains, and upstream's, which those jump to. */
const tables = ['raw', 'mangle', 'nat', 'filter']
const builtIn = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']
const mark = 'ANTREA-'

function removeChains(family: Family): readonly string[] {
  return tables.flatMap((table) => {
    const chains = builtIn.map((name) => `${mark}${name}`).filter((name) => hasChain(family, table, name))
    if (chains.length === 0) return []
    const place = {family: nf.families[family], table}
    const jumps = builtIn.flatMap((chain) => jumpsIn(family, table, chain))
    const what = `${family} ${table} ${chains.join(', ')}`
    kernel('netfilter').commit([
      ...jumps.map((body): Request => ({type: nf.types.delRule, body, what})),
      ...chains.map((chain): Request => ({type: nf.types.delRule, body: nf.rule.encode({...place, chain}), what})),
      ...chains.map((name): Request => ({type: nf.types.delChain, body: nf.chain.encode({...place, name}), what})),
    ])
    return chains.map((name) => `${family} ${table} chain ${name}`)
  })
}

function hasChain(family: Family, table: string, name: string): boolean {
  const body = nf.chain.encode({family: nf.families[family], table, name})
  return kernel('netfilter').ask({type: nf.types.getChain, body, what: name, ignores: ['ENOENT']}).length > 0
}

/** The rules by which a chain goes on to one of upstream's: what their deletion asks for. */
function jumpsIn(family: Family, table: string, chain: string): readonly Buffer[] {
  const place = {family: nf.families[family], table, chain}
  const body = nf.rule.encode(place)
  const rows = kernel('netfilter').dump({type: nf.types.getRule, body, what: chain, ignores: ['ENOENT']})
  return rows
    .map((row) => nf.rule.decode(row.body))
    .filter((rule) => rule.table === table && rule.chain === chain && rule.expressions?.some(isJump) === true)
    .map(({handle}) => nf.rule.encode({...place, handle}))
}

/** A verdict with the name of a chain in it. */
function isJump({name, values}: nf.Expression): boolean {
  return name === 'immediate' && String(values['unknown']).includes(Buffer.from(mark).toString('hex'))
}

/** nft table antrea: a flow table past the rules of others, and the services of its proxy. */
function removeTable(family: Family): readonly string[] {
  if (!listTables(family).includes('antrea')) return []
  const body = nf.table.encode({family: nf.families[family], name: 'antrea'})
  kernel('netfilter').commit([{type: nf.types.delTable, body, what: `${family} table antrea`}])
  return [`${family} table antrea`]
}

/** Answers of Egress connections: "fwmark 0x40000000 lookup 141". */
const egressMark = 0x4000_0000
const egressTable = 141

function removePolicyRules(): readonly string[] {
  const netlink = kernel('route')
  const dump = {type: rtnetlink.types.getRule, body: rtnetlink.rule.encode({}), what: 'rules'}
  const rules = netlink
    .dump({...dump, ignores: ['EOPNOTSUPP', 'EAFNOSUPPORT']})
    .map((row) => rtnetlink.rule.decode(row.body))
    .filter(({mark, table}) => mark === egressMark && table === egressTable)
  return rules.map((rule) => {
    const what = `rule fwmark 0x40000000 lookup ${egressTable}`
    netlink.perform([{type: rtnetlink.types.delRule, body: rtnetlink.rule.encode(rule), what, ignores: ['ENOENT']}])
    return what
  })
}
