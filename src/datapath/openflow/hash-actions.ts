import type {ActionKind} from './action-kind.ts'
import {malformed, pad, slice, struct, u16, u32} from './codec.ts'
import {niciraHeaderOf} from './oxm.ts'
import {packRange, parseSubfield, printSubfield, unpackRange} from './subfield.ts'
import {port16, readNumber, unreadable} from './values.ts'
import {insideOf} from './words.ts'

/** enum nx_hash_fields, by number. */
export const hashFields = [
  'eth_src',
  'symmetric_l4',
  'symmetric_l3l4',
  'symmetric_l3l4+udp',
  'nw_src',
  'nw_dst',
  'symmetric_l3',
]
const linkAlgorithms = ['modulo_n', 'hash_threshold', 'hrw', 'iter_hash']
const memberAlgorithms = ['active_backup', 'hrw']

const multipathBody = struct('multipath', {
  fields: u16,
  basis: u16,
  pad: pad(2),
  algorithm: u16,
  lastLink: u16,
  argument: u32,
  pad2: pad(2),
  range: u16,
  target: u32,
})

/** multipath(FIELDS,BASIS,ALGORITHM,LINKS,ARGUMENT,TARGET) */
const multipath: ActionKind = {
  nicira: 10,
  words: ['multipath'],
  parse(text) {
    const words = (insideOf(text, 'multipath') ?? '').split(/,\s*/u)
    const [fields = '', basis = '', algorithm = '', links = '', argument = '', target = ''] = words
    const count = readNumber(links, 2)
    if (words.length !== 6 || count === 0)
      throw unreadable(text, 'multipath(FIELDS,BASIS,ALGORITHM,LINKS,ARGUMENT,TARGET)')
    const subfield = parseSubfield(target)
    return multipathBody.encode({
      fields: placeOf(fields, hashFields),
      basis: readNumber(basis, 2),
      algorithm: placeOf(algorithm, linkAlgorithms),
      lastLink: count - 1,
      argument: readNumber(argument, 4),
      range: packRange(subfield),
      target: niciraHeaderOf(subfield.field),
    })
  },
  print(bytes) {
    const {fields, basis, algorithm, lastLink, argument, range, target} = multipathBody.decode(bytes)
    const how = [nameOf(fields, hashFields), basis, nameOf(algorithm, linkAlgorithms), lastLink + 1, argument]
    return `multipath(${how.join(',')},${printSubfield(unpackRange(target, range))})`
  },
}

const bundleBody = struct('bundle', {
  algorithm: u16,
  fields: u16,
  basis: u16,
  memberType: u32,
  members: u16,
  range: u16,
  target: u32,
  pad: pad(4),
})
/** NXM_OF_IN_PORT: members are port numbers. */
const portMembers = 0x0000_0002

/** bundle(FIELDS,BASIS,ALGORITHM,ofport,members:PORT,…), and bundle_load with a TARGET before the members. */
function bundle(word: 'bundle' | 'bundle_load', nicira: number): ActionKind {
  return {
    nicira,
    words: [word],
    parse(text) {
      const parts = new RegExp(
        `^${word}\\(([\\w+]+),(\\d+),(\\w+),ofport,(?:([\\w.[\\]]+),)?members:([\\w,]*)\\)$`,
        'u',
      ).exec(text)
      const [, fields = '', basis = '', algorithm = '', target, list = ''] = parts ?? []
      if (parts === null || (target === undefined) !== (word === 'bundle')) {
        throw unreadable(
          text,
          `${word}(FIELDS,BASIS,ALGORITHM,ofport,${word === 'bundle' ? '' : 'TARGET,'}members:PORT,…)`,
        )
      }
      const members = list.split(',').filter((member) => member !== '')
      const subfield = target === undefined ? undefined : parseSubfield(target)
      const body = bundleBody.encode({
        algorithm: placeOf(algorithm, memberAlgorithms),
        fields: placeOf(fields, hashFields),
        basis: readNumber(basis, 2),
        memberType: portMembers,
        members: members.length,
        range: subfield === undefined ? 0 : packRange(subfield),
        target: subfield === undefined ? 0 : niciraHeaderOf(subfield.field),
      })
      return Buffer.concat([body, ...members.map((member) => port16.parse(member, 2))])
    },
    print(bytes) {
      const {algorithm, fields, basis, memberType, members, range, target} = bundleBody.decode(bytes)
      if (memberType !== portMembers) return undefined
      const list = slice('members', bytes, bundleBody.size, members * 2)
      const ports = Array.from({length: members}, (_, index) => port16.print(list.subarray(index * 2, index * 2 + 2)))
      const how = `${nameOf(fields, hashFields)},${basis},${nameOf(algorithm, memberAlgorithms)},ofport`
      const place = word === 'bundle' ? '' : `,${printSubfield(unpackRange(target, range))}`
      return `${word}(${how}${place},members:${ports.join(',')})`
    },
  }
}

/** What chooses one of several ways by a hash of the packet's addresses. */
export const hashActions: readonly ActionKind[] = [multipath, bundle('bundle', 12), bundle('bundle_load', 13)]

function placeOf(name: string, names: readonly string[]): number {
  const place = names.indexOf(name)
  if (place < 0) throw unreadable(name, `one of ${names.join(', ')}`)
  return place
}

function nameOf(number: number, names: readonly string[]): string {
  const name = names[number]
  if (name === undefined) throw malformed(`${number} is none of ${names.join(', ')}`)
  return name
}
