import {readFile} from 'node:fs/promises'
import {runProgram} from '../program.ts'
import {chainMark} from './chains.ts'
import type {Swept} from './remove.ts'

/** Where the kernel names the tables of the older iptables, which netlink does not show, and the programs that do. */
const families = {
  ip: {tables: '/proc/self/net/ip_tables_names', program: 'iptables-legacy'},
  ip6: {tables: '/proc/self/net/ip6_tables_names', program: 'ip6tables-legacy'},
} as const

/** Upstream's chains with the rules that lead to them; asked for only where such tables are in use. */
export async function removeLegacyChains(): Promise<Swept> {
  const removed: string[] = []
  for (const [family, {tables, program}] of Object.entries(families)) {
    const used = await readFile(tables, 'utf8').catch(() => '')
    if (used.trim() === '') continue
    const {script, chains} = legacyRemoval(await runProgram(`${program}-save`, []))
    if (chains.length === 0) continue
    await runProgram(`${program}-restore`, ['--noflush', '--wait', '5'], {input: script})
    removed.push(...chains.map((chain) => `${family} ${chain} (legacy)`))
  }
  return {removed, left: []}
}

export interface LegacyRemoval {
  /** For iptables-legacy-restore --noflush: one transaction a table. */
  readonly script: string
  /** "nat chain ANTREA-POSTROUTING" */
  readonly chains: readonly string[]
}

/** From what iptables-legacy-save prints to what takes upstream's part away; rules keep the words they were saved with. */
export function legacyRemoval(saved: string): LegacyRemoval {
  const tables = saved.split(/^\*/mu).slice(1).map(removalFrom)
  return {script: tables.map(({script}) => script).join(''), chains: tables.flatMap(({chains}) => chains)}
}

function removalFrom(section: string): LegacyRemoval {
  const lines = section.split('\n')
  const table = lines[0]?.trim() ?? ''
  // A table that was cut off may end in half a name.
  if (!lines.includes('COMMIT')) return {script: '', chains: []}
  const chains = lines.flatMap((line) => (line.startsWith(`:${chainMark}`) ? [line.slice(1).split(' ')[0] ?? ''] : []))
  if (chains.length === 0) return {script: '', chains: []}
  // Their own rules go with the chains; of the others the target stands at the end, outside any quotation.
  const jumps = lines.filter((line) => !line.startsWith(`-A ${chainMark}`) && leadsToThem.test(line))
  const commands = [
    ...jumps.map((line) => line.replace(/^-A/u, '-D')),
    ...chains.map((chain) => `-F ${chain}`),
    ...chains.map((chain) => `-X ${chain}`),
  ]
  return {
    script: [`*${table}`, ...commands, 'COMMIT', ''].join('\n'),
    chains: chains.map((chain) => `${table} chain ${chain}`),
  }
}

const leadsToThem = new RegExp(`^-A .*-[jg] ${chainMark}[\\w-]+$`, 'u')
