import {describeRegister} from '../../datapath/pipeline/fields.ts'
import {splitWords} from '../../datapath/openflow/words.ts'
import type {Dictionary} from './dictionary.ts'
import type {FlowRow} from './rows.ts'

/** A flow, and what it says in words, part by part. */
export interface DecodedFlow extends FlowRow {
  /** For whom it is there. */
  readonly owner?: string
  /** What it takes and does in words that are the same on every Node: to compare Nodes by. */
  readonly alike?: string
  readonly says: {readonly match: readonly string[]; readonly actions: readonly string[]}
}

export function decodeFlow(row: FlowRow, dictionary: Dictionary, owner: string | undefined): DecodedFlow {
  const match = row.match === '' ? [] : splitWords(row.match)
  return {
    ...row,
    ...(owner !== undefined && {owner}),
    says: {
      match: match.flatMap((part) => describeMatch(part, dictionary)),
      actions: splitWords(row.actions).flatMap((action) => describeAction(action, dictionary)),
    },
  }
}

const addressFields = new Set(['nw_src', 'nw_dst', 'arp_spa', 'arp_tpa', 'tun_src', 'tun_dst', 'ipv6_src', 'ipv6_dst'])
const macFields = new Set(['dl_src', 'dl_dst', 'eth_src', 'eth_dst', 'arp_sha', 'arp_tha'])

function describeMatch(part: string, dictionary: Dictionary): readonly string[] {
  const at = part.indexOf('=')
  if (at === -1) return [part]
  const [field, value] = [part.slice(0, at), part.slice(at + 1)]
  if (field === 'in_port') return [`in_port=${dictionary.port(value) ?? value.replaceAll('"', '')}`]
  return describeField(field, value, dictionary) ?? [part]
}

/** Registers and marks become words; addresses keep their number and get whose they are. */
function describeField(field: string, value: string, dictionary: Dictionary): readonly string[] | undefined {
  if (/^(?:reg\d+|ct_mark)$/u.test(field)) {
    const words = describeNumber(field, value)
    return words.length === 0 ? undefined : words.map((word) => withPort(word, dictionary))
  }
  const whose = addressFields.has(field)
    ? dictionary.address(value)
    : macFields.has(field)
      ? dictionary.mac(value)
      : undefined
  return whose === undefined ? undefined : [`${field}=${value} (${whose})`]
}

/** A hostile number is no reason to fail: what cannot be read is said as it is. */
function describeNumber(register: string, value: string): readonly string[] {
  return /^(?:0x[0-9a-f]{1,16}|\d{1,19})(?:\/(?:0x[0-9a-f]{1,16}|\d{1,19}))?$/u.test(value)
    ? describeRegister(register, value)
    : []
}

function withPort(words: string, dictionary: Dictionary): string {
  return words.replace(/^ofport that the packet leaves by: (\d+)$/u, (_whole, port: string) => {
    return `leaves by ${dictionary.port(port) ?? `port ${port}`}`
  })
}

const wholeActions: Readonly<Record<string, string>> = {
  drop: 'dropped',
  dec_ttl: 'one hop less',
  IN_PORT: 'back out of the port that it came by',
  'output:NXM_NX_REG1[]': 'out of that port',
  'output:IN_PORT': 'back out of the port that it came by',
}

function describeAction(action: string, dictionary: Dictionary): readonly string[] {
  const whole = wholeActions[action]
  if (whole !== undefined) return [whole]
  const next = /^(?:goto_table:|resubmit\(,)([\w]+)\)?$/u.exec(action)?.[1]
  if (next !== undefined) return [`on to ${dictionary.table(next)}`]
  const port = /^output:(\w+|"[^"]+")$/u.exec(action)?.[1]
  if (port !== undefined) return [`leaves by ${dictionary.port(port) ?? port}`]
  const [, value, field] = /^set_field:(.+)->(\w+)$/u.exec(action) ?? []
  if (value !== undefined && field !== undefined) {
    if (field === 'tun_dst') return [`tunnelled to ${value}${inBrackets(dictionary.address(value))}`]
    return describeField(field, value, dictionary) ?? [`${field}=${value}`]
  }
  if (action.startsWith('ct(')) return [describeConnection(action, dictionary)]
  return [action]
}

/** ct(commit,table=36,zone=65520,…): the table has a name, marks have words. */
function describeConnection(action: string, dictionary: Dictionary): string {
  const named = action.replace(/table=(\w+)/u, (_whole, table: string) => `on to ${dictionary.table(table)}`)
  return named.replaceAll(/set_field:(0x[0-9a-f]+(?:\/0x[0-9a-f]+)?)->ct_mark/gu, (whole, value: string) => {
    const words = describeNumber('ct_mark', value)
    return words.length === 0 ? whole : `mark: ${words.join(', ')}`
  })
}

function inBrackets(text: string | undefined): string {
  return text === undefined ? '' : ` (${text})`
}
