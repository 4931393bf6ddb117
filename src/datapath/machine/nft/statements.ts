import {AntctlError} from '../../../model/errors.ts'
import type {Expression} from '../netlink/nf-tables.ts'

/**
 * The part of nft(8)'s language that our rules use. Each row is a phrase, what the kernel gets for it, and how the phrase
 * is guessed from that; a guess counts only when it would give the kernel the same again.
 */
interface Phrase {
  readonly text: RegExp
  /** From the groups of `text`. */
  readonly expressions: (...words: readonly string[]) => readonly Expression[]
  readonly guess: (expressions: readonly Expression[]) => string | undefined
}

const register = 1
const equal = 0
const notEqual = 1
/** linux/netfilter/nf_nat.h, NF_NAT_RANGE_PROTO_RANDOM_FULLY. */
const fullyRandom = 16

const phrases: readonly Phrase[] = [
  {
    text: /^ct state invalid/u,
    expressions: () => [
      {name: 'ct', values: {register, key: 0}},
      {name: 'bitwise', values: {from: register, register, length: 4, mask: '01000000', xor: '00000000', operator: 0}},
      {name: 'cmp', values: {from: register, operator: notEqual, data: '00000000'}},
    ],
    guess: ([first]) => (first?.name === 'ct' ? 'ct state invalid' : undefined),
  },
  {
    text: /^meta nfproto ipv4/u,
    expressions: () => [
      {name: 'meta', values: {register, key: 15}},
      {name: 'cmp', values: {from: register, operator: equal, data: '02'}},
    ],
    guess: ([first]) => (first?.values['key'] === 15 ? 'meta nfproto ipv4' : undefined),
  },
  {
    text: /^ip ([sd])addr (!= )?@([A-Za-z]\w*)/u,
    expressions: (side, not, set = '') => [
      loadAddress(side, 4),
      {name: 'lookup', values: {set, from: register, flags: not === undefined ? 0 : 1}},
    ],
    guess: ([load, lookup]) => {
      if (lookup?.name !== 'lookup') return undefined
      return `ip ${sideOf(load)}addr ${lookup.values['flags'] === 1 ? '!= ' : ''}@${lookup.values['set']}`
    },
  },
  {
    text: /^ip ([sd])addr (\d+\.\d+\.\d+\.\d+)\/(\d+)/u,
    expressions: (side, ip = '', prefix) => {
      const address = Buffer.from(ip.split('.').map(Number))
      const whole = Number(prefix) / 8
      if (Number.isInteger(whole)) return [loadAddress(side, whole), compareAddress(address.subarray(0, whole))]
      const mask = Buffer.alloc(4)
      mask.writeUInt32BE((0xffff_ffff << (32 - Number(prefix))) >>> 0)
      return [
        loadAddress(side, 4),
        {
          name: 'bitwise',
          values: {from: register, register, length: 4, mask: mask.toString('hex'), xor: '00000000', operator: 0},
        },
        compareAddress(address),
      ]
    },
    guess: ([load, second, third]) => {
      if (load?.name !== 'payload' || second === undefined) return undefined
      const side = sideOf(load)
      if (second.name === 'cmp')
        return `ip ${side}addr ${dotted(second.values['data'])}/${8 * Number(load.values['length'])}`
      const {mask} = second.values
      if (typeof mask !== 'string' || !/^[0-9a-f]{8}$/u.test(mask)) return undefined
      const bits = Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length
      return `ip ${side}addr ${dotted(third?.values['data'])}/${bits}`
    },
  },
  {
    text: /^oifname != "([^"]{1,15})"/u,
    expressions: (name = '') => [
      {name: 'meta', values: {register, key: 7}},
      {name: 'cmp', values: {from: register, operator: notEqual, data: paddedName(name)}},
    ],
    guess: ([, compare]) =>
      `oifname != "${Buffer.from(String(compare?.values['data']), 'hex').toString().replace(/\0.*/su, '')}"`,
  },
  {text: /^notrack/u, expressions: () => [{name: 'notrack', values: {}}], guess: () => 'notrack'},
  {
    text: /^masquerade( fully-random)?/u,
    expressions: (random) => [{name: 'masq', values: random === undefined ? {} : {flags: fullyRandom}}],
    guess: ([first]) => (first?.values['flags'] === undefined ? 'masquerade' : 'masquerade fully-random'),
  },
]

/** What the kernel gets for a rule of ours. Throws MACHINE for words that are not ours. */
export function encodeRule(text: string): readonly Expression[] {
  const expressions: Expression[] = []
  let isIpv4 = false
  for (let rest = text; rest !== '';) {
    const [phrase, words] = matching(rest)
    if (phrase === undefined || words === undefined)
      throw new AntctlError('MACHINE', `no nft rule of ours has "${rest}"`)
    // In the inet family an address is looked at only after the packet is known to be IPv4; nft(8) adds that by itself.
    if (words[0].startsWith('ip ') && !isIpv4) expressions.push(...encodeRule('meta nfproto ipv4'))
    isIpv4 ||= words[0].startsWith('ip ')
    expressions.push(...phrase.expressions(...words.slice(1)))
    rest = rest.slice(words[0].length).trimStart()
  }
  return expressions
}

/** A rule in nft(8)'s words; one that is not of ours in words that encodeRule refuses. */
export function printRule(expressions: readonly Expression[]): string {
  const words: string[] = []
  for (let at = 0; at < expressions.length;) {
    const rest = expressions.slice(at)
    const found = guesses(rest).find(({length}) => length > 0)
    words.push(found?.text ?? `[${JSON.stringify(rest[0])}]`)
    at += found?.length ?? 1
  }
  const text = words.filter((word) => word !== 'meta nfproto ipv4').join(' ')
  return isSame(tryEncode(text), expressions) ? text : `[${words.join(' ')}]`
}

function guesses(expressions: readonly Expression[]): readonly {readonly text: string; readonly length: number}[] {
  return phrases.map((phrase) => {
    const text = phrase.guess(expressions) ?? ''
    const words = phrase.text.exec(text)
    const wanted = words?.[0] === text && words !== null ? phrase.expressions(...words.slice(1)) : []
    return {text, length: isSame(wanted, expressions.slice(0, wanted.length)) ? wanted.length : 0}
  })
}

function matching(text: string): readonly [Phrase, RegExpExecArray] | readonly [] {
  for (const phrase of phrases) {
    const words = phrase.text.exec(text)
    if (words !== null) return [phrase, words]
  }
  return []
}

function tryEncode(text: string): readonly Expression[] {
  try {
    return encodeRule(text)
  } catch {
    return []
  }
}

function isSame(a: readonly Expression[], b: readonly Expression[]): boolean {
  return JSON.stringify(a.map(canonical)) === JSON.stringify(b.map(canonical))
}

function canonical({name, values}: Expression): unknown {
  return [
    name,
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .sort(),
  ]
}

/** Of the IPv4 header: the source stands at 12, the destination at 16. */
function loadAddress(side: string | undefined, length: number): Expression {
  return {name: 'payload', values: {register, base: 1, offset: side === 's' ? 12 : 16, length}}
}

function sideOf(load: Expression | undefined): string {
  return load?.values['offset'] === 12 ? 's' : 'd'
}

function compareAddress(octets: Buffer): Expression {
  return {name: 'cmp', values: {from: register, operator: equal, data: octets.toString('hex')}}
}

function dotted(hex: string | number | undefined): string {
  return [...Buffer.from(String(hex).padEnd(8, '0'), 'hex')].join('.')
}

/** Interfaces are compared by all 16 bytes of their name. */
function paddedName(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(32, '0')
}
