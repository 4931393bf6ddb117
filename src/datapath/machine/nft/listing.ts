import {kernel} from '../netlink/kernel.ts'
import type {Message} from '../netlink/message.ts'
import * as nf from '../netlink/nf-tables.ts'
import {networksOf} from './intervals.ts'
import {printRule} from './statements.ts'

type Family = nf.Family

/** The line that makes the table, those of its sets without their elements, then each chain with its rules; [] without it. */
export function listTable(family: Family, table: string): readonly string[] {
  if (!listTables(family).includes(table)) return []
  const rules = Map.groupBy(
    dump(nf.types.getRule, nf.rule.encode({family: nf.families[family], table})).map(nf.rule.decode),
    ({chain}) => chain,
  )
  return [
    `add table ${family} ${table}`,
    ...dump(nf.types.getSet, nf.set.encode({family: nf.families[family], table})).map((bytes) =>
      printSet(family, bytes),
    ),
    ...dump(nf.types.getChain, nf.chain.encode({family: nf.families[family]}))
      .map(nf.chain.decode)
      .filter((chain) => chain.table === table)
      .flatMap((chain) => [
        printChain(family, chain),
        ...(rules.get(chain.name) ?? []).map(
          ({expressions = []}) => `add rule ${family} ${table} ${chain.name} ${printRule(expressions)}`,
        ),
      ]),
  ]
}

export function listTables(family: Family): readonly string[] {
  const rows = dump(nf.types.getTable, nf.table.encode({family: nf.families[family]}))
  return rows.map((bytes) => nf.table.decode(bytes).name ?? '')
}

/** What an interval set holds; nothing without the set. */
export function listElements(family: Family, table: string, set: string): ReturnType<typeof networksOf> {
  const rows = dump(nf.types.getElement, nf.elements.encode({family: nf.families[family], table, set}))
  return networksOf(rows.flatMap((bytes) => nf.elements.decode(bytes).elements ?? []))
}

function printSet(family: Family, bytes: Buffer): string {
  const {table, name, flags, keyType, keyLength} = nf.set.decode(bytes)
  const isOurs = flags === nf.intervalSet && keyType === nf.ipv4Type && keyLength === 4
  const kind = isOurs ? 'type ipv4_addr; flags interval;' : `[type ${keyType} flags ${flags}]`
  return `add set ${family} ${table} ${name} { ${kind} }`
}

function printChain(family: Family, {table, name, type, hook, policy}: ReturnType<typeof nf.chain.decode>): string {
  if (hook === undefined) return `add chain ${family} ${table} ${name}`
  const devices = hook.devices ?? (hook.device === undefined ? [] : [hook.device])
  const device = devices.length === 0 ? '' : `device ${devices.map((one) => `"${one}"`).join(', ')} `
  const place = `type ${type} hook ${hookName(family, hook.number)} ${device}priority ${hook.priority}`
  return `add chain ${family} ${table} ${name} { ${place}; policy ${policy === 0 ? 'drop' : 'accept'}; }`
}

function hookName(family: Family, number: number | undefined): string {
  if (family === 'netdev') return number === 0 ? 'ingress' : `[${number}]`
  return ['prerouting', 'input', 'forward', 'output', 'postrouting'][number ?? -1] ?? `[${number}]`
}

/** What is not there (a kernel that has no nf_tables in use, a table just deleted) is an empty answer. */
function dump(type: number, body: Buffer): readonly Buffer[] {
  const rows: readonly Message[] = kernel('netfilter').dump({type, body, what: 'nft', ignores: ['ENOENT']})
  return rows.map((row) => row.body)
}
