import {isIPv6} from 'node:net'
import type {ActionKind} from './action-kind.ts'
import {malformed, pad, slice, struct, u16, u32, u8} from './codec.ts'
import {niciraHeaderOf} from './oxm.ts'
import {packRange, parseSubfield, printSubfield, unpackRange} from './subfield.ts'
import {decimal, ipv4, ipv6, unreadable} from './values.ts'
import {insideOf, splitWords} from './words.ts'

/** nicira-ext.h, struct nx_action_conntrack. Actions follow: what exec() holds, and nat. */
const ctBody = struct('ct', {flags: u16, zoneSource: u32, zone: u16, table: u8, pad: pad(3), helper: u16})
const ctFlags = {commit: 1, force: 2} as const
const noTable = 0xff
const helpers: Readonly<Record<string, number>> = {ftp: 21, tftp: 69}

/** ct([commit],[force],[table=N],[zone=N|FIELD],[nat…],[alg=…],[exec(…)]) of ovs-actions(7). */
export const connectionTracking: ActionKind = {
  nicira: 35,
  words: ['ct'],
  parse(text, nested) {
    const inside = insideOf(text, 'ct')
    if (inside === undefined) return undefined
    const body = {flags: 0, zoneSource: 0, zone: 0, table: noTable, helper: 0}
    const inner: Buffer[] = []
    for (const word of splitWords(inside)) {
      const [name = '', value = ''] = word.split(/[=(]/u)
      const exec = insideOf(word, 'exec')
      if (name === 'commit' || name === 'force') body.flags |= ctFlags[name]
      else if (name === 'table') body.table = decimal.parse(value, 1).readUInt8(0)
      else if (name === 'zone') Object.assign(body, readZone(value))
      else if (name === 'alg') body.helper = readHelper(value)
      else if (name === 'nat') inner.unshift(nested.encode([word]))
      else if (exec !== undefined) inner.push(nested.encode(splitWords(exec)))
      else throw unreadable(word, 'a word of ct()')
    }
    return Buffer.concat([ctBody.encode(body), ...inner])
  },
  print(bytes, nested) {
    const {flags, zoneSource, zone, table, helper} = ctBody.decode(bytes)
    const inner = nested.decode(bytes.subarray(ctBody.size))
    const nat = inner.filter(isNat)
    const exec = inner.filter((action) => !isNat(action))
    const alg = Object.keys(helpers).find((name) => helpers[name] === helper)
    const words = [
      flags & ctFlags.commit ? 'commit' : '',
      flags & ctFlags.force ? 'force' : '',
      table === noTable ? '' : `table=${table}`,
      zoneSource === 0 ? (zone === 0 ? '' : `zone=${zone}`) : `zone=${printSubfield(unpackRange(zoneSource, zone))}`,
      ...nat,
      exec.length === 0 ? '' : `exec(${exec.join(',')})`,
      helper === 0 ? '' : `alg=${alg ?? helper}`,
    ]
    return `ct(${words.filter((word) => word !== '').join(',')})`
  },
}

/** struct nx_action_nat. Addresses and ports follow, those that `present` names, in this order. */
const natBody = struct('nat', {pad: pad(2), flags: u16, present: u16})
const natFlags = {src: 1, dst: 2, persistent: 4, hash: 8, random: 16} as const
const natRanges = [
  {bit: 1, kind: ipv4, bytes: 4},
  {bit: 2, kind: ipv4, bytes: 4},
  {bit: 4, kind: ipv6, bytes: 16},
  {bit: 8, kind: ipv6, bytes: 16},
  {bit: 16, kind: decimal, bytes: 2},
  {bit: 32, kind: decimal, bytes: 2},
] as const

/** nat, nat(src=…), nat(dst=ADDRESS[-ADDRESS][:PORT[-PORT]],[persistent],[hash],[random]). */
export const addressTranslation: ActionKind = {
  nicira: 36,
  words: ['nat'],
  parse(text) {
    let [flags, present] = [0, 0]
    const parts: Buffer[] = []
    for (const word of splitWords(insideOf(text, 'nat') ?? '')) {
      const [name = '', range] = word.split('=')
      if (!isNatFlag(name)) throw unreadable(word, 'a word of nat()')
      flags |= natFlags[name]
      for (const [index, value] of range === undefined ? [] : readRange(range)) {
        present |= natRanges[index]?.bit ?? 0
        parts.push(value)
      }
    }
    return Buffer.concat([natBody.encode({flags, present}), ...parts])
  },
  print(bytes) {
    const {flags, present} = natBody.decode(bytes)
    let at = natBody.size
    const values = natRanges.map(({bit, kind, bytes: size}) => {
      if (!(present & bit)) return ''
      at += size
      return kind.print(slice('nat', bytes, at - size, size))
    })
    const [first4 = '', last4 = '', first6 = '', last6 = '', firstPort = '', lastPort = ''] = values
    const address = join(first4, last4) + (first6 === '' ? '' : bracket(first6, last6, firstPort !== ''))
    const range = firstPort === '' ? address : `${address}:${join(firstPort, lastPort)}`
    if ((flags & 3) === 3) throw malformed('nat changes both source and destination')
    const way = flags & natFlags.src ? 'src' : flags & natFlags.dst ? 'dst' : ''
    const words = [way === '' || range === '' ? way : `${way}=${range}`]
    for (const name of ['persistent', 'hash', 'random'] as const) if (flags & natFlags[name]) words.push(name)
    const shown = words.filter((word) => word !== '').join(',')
    return shown === '' ? 'nat' : `nat(${shown})`
  },
}

export const forgetConnection: ActionKind = {
  nicira: 43,
  words: ['ct_clear'],
  parse: () => Buffer.alloc(6),
  print: () => 'ct_clear',
}

function readHelper(text: string): number {
  return Object.hasOwn(helpers, text) ? (helpers[text] ?? 0) : decimal.parse(text, 2).readUInt16BE(0)
}

function readZone(text: string): {readonly zoneSource: number; readonly zone: number} {
  if (/^(?:\d|0x)/u.test(text)) return {zoneSource: 0, zone: decimal.parse(text, 2).readUInt16BE(0)}
  const source = parseSubfield(text)
  return {zoneSource: niciraHeaderOf(source.field), zone: packRange(source)}
}

/** "1.2.3.4-1.2.3.9:10-20", "[fe80::1]:80" → values by their place in natRanges. */
function readRange(text: string): (readonly [number, Buffer])[] {
  const parts =
    /^(\[[^\]]+\](?:-\[[^\]]+\])?|[0-9a-f:]{3,}:[0-9a-f:]+(?:-[0-9a-f:]+)?|[^:]+)(?::(\d+)(?:-(\d+))?)?$/iu.exec(text)
  if (parts === null) throw unreadable(text, 'ADDRESS[-ADDRESS][:PORT[-PORT]]')
  const addresses = (parts[1] ?? '').replaceAll(/[[\]]/gu, '').split('-')
  const found: (readonly [number, Buffer])[] = addresses.map((address, index) =>
    isIPv6(address) ? [index + 2, ipv6.parse(address, 16)] : [index, ipv4.parse(address, 4)],
  )
  for (const [index, number] of [parts[2], parts[3]].entries()) {
    if (number !== undefined) found.push([index + 4, decimal.parse(number, 2)])
  }
  return found
}

function isNat(action: string): boolean {
  return action === 'nat' || action.startsWith('nat(')
}

function isNatFlag(name: string): name is keyof typeof natFlags {
  return Object.hasOwn(natFlags, name)
}

function join(first: string, last: string): string {
  return last === '' ? first : `${first}-${last}`
}

function bracket(first: string, last: string, withPort: boolean): string {
  if (!withPort) return join(first, last)
  return last === '' ? `[${first}]` : `[${first}]-[${last}]`
}
