import {AntctlError} from '../../model/errors.ts'
import type {Flow} from './flow.ts'
import {joinMatch} from './match.ts'
import {splitWords} from './words.ts'

/** How numbers are shown: undefined leaves the number. */
export interface FlowNames {
  table?(id: number): string | undefined
  port?(ofport: number): string | undefined
}

/** OFP_DEFAULT_PRIORITY: ovs-ofctl neither prints it nor needs it. */
const defaultPriority = 32768
/** What a dump says about a flow beside the flow. */
const counters = /^(?:duration|n_packets|n_bytes|idle_age|hard_age|send_flow_rem|reset_counts)(?:=|$)/u

/** As `ovs-ofctl --no-stats dump-flows`, always with the table: "cookie=0x1, table=16, priority=200,ip,nw_dst=10.244.2.0/24 actions=goto_table:18". */
export function printFlow(flow: Flow, names: FlowNames = {}): string {
  const cookie = flow.cookie === 0n ? '' : `cookie=0x${flow.cookie.toString(16)}, `
  const priority = flow.priority === defaultPriority ? '' : `priority=${flow.priority}`
  const match = [priority, joinMatch(nameInPort(flow.match, names))].filter((part) => part !== '').join(',')
  const actions = flow.actions.length === 0 ? 'drop' : flow.actions.map((action) => nameAction(action, names)).join(',')
  return `${cookie}table=${names.table?.(flow.table) ?? flow.table}, ${match}${match === '' ? '' : ' '}actions=${actions}`
}

/** The text of printFlow or of ovs-ofctl (counters are skipped). Throws FLOW_INVALID. */
export function parseFlow(text: string): Flow {
  const split = /^(.*?)(?:^|[\s,])actions?=(.*)$/su.exec(text.trim())
  if (split === null) throw new AntctlError('FLOW_INVALID', `${JSON.stringify(text)} has no actions=`)
  let [table, priority, cookie] = [0, defaultPriority, 0n]
  const match = new Map<string, string>()
  for (const word of splitWords((split[1] ?? '').replaceAll(/\s+/gu, ','))) {
    const at = word.indexOf('=')
    const [name, value] = at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)]
    if (counters.test(word)) continue
    if (name === 'table') table = readNumber(value, 254)
    else if (name === 'priority') priority = readNumber(value, 65_535)
    else if (name === 'cookie') cookie = readCookie(value)
    else match.set(name, value)
  }
  const actions = splitWords(split[2] ?? '').filter((action) => action !== 'drop')
  return {table, priority, cookie, match: Object.fromEntries(match), actions}
}

function nameInPort(match: Flow['match'], names: FlowNames): Flow['match'] {
  const port = names.port?.(Number(match['in_port']))
  return port === undefined ? match : {...match, in_port: JSON.stringify(port)}
}

/** goto_table:18, resubmit(,18), ct(table=18) and output:3 with names in the place of numbers. */
function nameAction(action: string, names: FlowNames): string {
  const table = (whole: string, before: string, id: string): string => {
    const name = names.table?.(Number(id))
    return name === undefined ? whole : `${before}${name}`
  }
  return action
    .replace(/^(goto_table:)(\d+)$/u, table)
    .replace(/^(resubmit\(\d*,)(\d+)(?=\))/u, table)
    .replace(/^(ct\((?:commit,)?(?:force,)?table=)(\d+)/u, table)
    .replace(/^output:(\d+)$/u, (whole, id: string) => {
      const name = names.port?.(Number(id))
      return name === undefined ? whole : `output:${JSON.stringify(name)}`
    })
}

function readNumber(text: string, most: number): number {
  const number = Number(text)
  if (/^\d+$/u.test(text) && number <= most) return number
  throw new AntctlError('FLOW_INVALID', `${JSON.stringify(text)} is not a number up to ${most}`)
}

function readCookie(text: string): bigint {
  if (/^(?:0x[0-9a-f]{1,16}|\d{1,20})$/iu.test(text)) return BigInt.asUintN(64, BigInt(text))
  throw new AntctlError('FLOW_INVALID', `${JSON.stringify(text)} is not a cookie`)
}
