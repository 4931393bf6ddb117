import * as v from 'valibot'
import {parseCidr} from '../address.ts'

/** What a value of antrea-agent.conf may be. Every message ends the sentence "KEY must be …". */
export const flag = v.boolean('true or false')

/** Texts that only get longer by mistake or malice. */
const longest = 1_024
const shortText = 'a text of at most 1024 characters'
export const text = v.pipe(v.string(shortText), v.maxLength(longest, shortText))

export const texts = v.pipe(v.array(text, 'a list of texts'), v.maxLength(longest, 'a list of at most 1024 texts'))

export function integer(least: number, most: number) {
  const message = `a whole number from ${least} to ${most}`
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message))
}

/** 0 stands for the default, as upstream. */
export function port(fallback: number) {
  return v.pipe(
    integer(0, 65_535),
    v.transform((number) => (number === 0 ? fallback : number)),
  )
}

/** One of these words; an empty text stands for the first. */
export function oneOf<const Words extends readonly [string, ...string[]]>(
  words: Words,
  {anyCase = false}: {readonly anyCase?: boolean} = {},
) {
  const message = `one of ${words.filter((word) => word !== '').join(', ')}`
  const same = (word: string, given: string) => (anyCase ? word.toLowerCase() === given.toLowerCase() : word === given)
  return v.pipe(
    v.string(message),
    v.transform((given) => (given === '' ? words[0] : (words.find((word) => same(word, given)) ?? given))),
    v.picklist(words, message),
  )
}

/** Go's time.Duration, as upstream reads it: "5s", "1m30s". */
export const duration = v.pipe(
  v.string('a duration, for example 5s or 1m30s'),
  v.regex(/^(?:\d{1,9}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h)){1,6}$|^0?$/u, 'a duration, for example 5s or 1m30s'),
)

const network = 'a network in CIDR notation, for example 10.96.0.0/12'
export const cidr = v.pipe(
  v.string(network),
  v.check((given) => given === '' || isCidr(given), network),
)
export const cidrs = v.pipe(
  v.array(v.pipe(v.string(network), v.check(isCidr, network)), 'a list of networks in CIDR notation'),
  v.maxLength(longest, 'a list of at most 1024 networks'),
)

const range = 'two ports, for example 61000-62000'
export const portRange = v.pipe(
  v.string(range),
  v.check((given) => given === '' || isPortRange(given), range),
)

/** IFNAMSIZ of linux/if.h is 16, with the closing zero. */
const device = 'an interface name of at most 15 characters'
export const interfaceName = v.pipe(v.string(device), v.regex(/^[^\s/:]{0,15}$/u, device))

export const interfaceNames = v.pipe(
  v.array(interfaceName, 'a list of interface names'),
  v.maxLength(longest, 'a list of at most 1024 interface names'),
)

function isCidr(given: string): boolean {
  try {
    parseCidr(given)
    return true
  } catch {
    return false
  }
}

function isPortRange(given: string): boolean {
  const [first = 0, last = 0] = /^(\d{1,5})-(\d{1,5})$/u.exec(given)?.slice(1).map(Number) ?? []
  return first > 0 && first < last && last <= 65_535
}
