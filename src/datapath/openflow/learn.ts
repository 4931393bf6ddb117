import type {ActionKind} from './action-kind.ts'
import {malformed, pad, slice, struct, u16, u32, u64, u8} from './codec.ts'
import {learnedPart, type LearnedPart, parseLearned, printLearned, readLearned} from './learned-parts.ts'
import {niciraHeaderOf} from './oxm.ts'
import {knownField, parseSubfield, printSubfield, type Subfield} from './subfield.ts'
import {hex, readNumber} from './values.ts'
import {insideOf, splitWords} from './words.ts'

/** struct nx_action_learn: flows that a packet adds. Parts of the flow follow. */
const learnBody = struct('learn', {
  idleTimeout: u16,
  hardTimeout: u16,
  priority: u16,
  cookie: u64,
  flags: u16,
  table: u8,
  pad: pad(1),
  finIdleTimeout: u16,
  finHardTimeout: u16,
})
type LearnBody = ReturnType<typeof learnBody.decode>

/** struct nx_action_learn2: the same, then this, the field of the result, and the parts. */
const learnMore = struct('learn with a limit', {limit: u32, offset: u16, pad: pad(2)})
const flags = {send_flow_rem: 1, delete_learned: 2} as const
const writesResult = 4
const ordinaryPriority = 32_768

/** Numbers by name, in the order in which ovs-ofctl prints them; zero is not printed. */
const timeouts = [
  ['idle_timeout', 'idleTimeout'],
  ['hard_timeout', 'hardTimeout'],
  ['fin_idle_timeout', 'finIdleTimeout'],
  ['fin_hard_timeout', 'finHardTimeout'],
] as const

interface Learn extends LearnBody {
  readonly limit: number
  readonly result?: Subfield
  readonly parts: readonly LearnedPart[]
}

/** learn(table=N,[timeouts, priority, cookie, flags, limit],FIELD=VALUE,load:…,output:…) of ovs-actions(7). */
function learn(nicira: 16 | 45): ActionKind {
  const long = nicira === 45
  return {
    nicira,
    words: ['learn'],
    parse(text) {
      const inside = insideOf(text, 'learn')
      if (inside === undefined) return undefined
      const {limit, result, parts, ...body} = readLearn(splitWords(inside))
      if ((limit !== 0 || result !== undefined) !== long) return undefined
      const flagged = {...body, flags: body.flags | (result === undefined ? 0 : writesResult)}
      const more = [learnMore.encode({limit, offset: result?.offset ?? 0}), headerBytes(result)]
      return Buffer.concat([learnBody.encode(flagged), ...(long ? more : []), ...parts.map(learnedPart)])
    },
    print(bytes) {
      const body = learnBody.decode(bytes)
      let at: number = learnBody.size
      let [limit, result]: [number, Subfield | undefined] = [0, undefined]
      if (long) {
        const more = learnMore.decode(bytes, at)
        ;[limit, at] = [more.limit, at + learnMore.size]
        if (body.flags & writesResult) {
          const field = knownField(slice('learn', bytes, at, 4).readUInt32BE(0))
          ;[result, at] = [{field, offset: more.offset, bits: 1}, at + 4]
        }
      }
      const parts = readLearned(slice('learn', bytes, at, bytes.length - at))
      return printLearn({...body, limit, parts, ...(result !== undefined && {result})})
    },
  }
}

export const learnActions: readonly ActionKind[] = [learn(16), learn(45)]

function readLearn(words: readonly string[]): Learn {
  const numbers = {idleTimeout: 0, hardTimeout: 0, finIdleTimeout: 0, finHardTimeout: 0}
  const found = {table: 1, priority: ordinaryPriority, cookie: 0n, flags: 0, limit: 0}
  let result: Subfield | undefined
  const parts: LearnedPart[] = []
  for (const word of words) {
    const [, name = '', value = ''] = /^(\w+)(?:=(.*))?$/su.exec(word) ?? []
    const timeout = timeouts.find(([known]) => known === name)?.[1]
    if (timeout !== undefined) numbers[timeout] = readNumber(value, 2)
    else if (name === 'table') found.table = readNumber(value, 1)
    else if (name === 'priority') found.priority = readNumber(value, 2)
    else if (name === 'cookie') found.cookie = hex.parse(value, 8).readBigUInt64BE(0)
    else if (name === 'limit') found.limit = readNumber(value, 4)
    else if (name === 'result_dst') result = parseSubfield(value)
    else if (name === 'send_flow_rem' || name === 'delete_learned') found.flags |= flags[name]
    else parts.push(parseLearned(word))
  }
  return {...numbers, ...found, parts, ...(result !== undefined && {result})}
}

function printLearn(said: Learn): string {
  const {table, priority, cookie, limit, result, parts} = said
  if ((said.flags & ~(flags.send_flow_rem | flags.delete_learned | writesResult)) !== 0) {
    throw malformed(`learn with flags ${said.flags}`)
  }
  const words = [
    `table=${table}`,
    ...timeouts.map(([name, key]) => (said[key] === 0 ? '' : `${name}=${said[key]}`)),
    priority === ordinaryPriority ? '' : `priority=${priority}`,
    said.flags & flags.send_flow_rem ? 'send_flow_rem' : '',
    said.flags & flags.delete_learned ? 'delete_learned' : '',
    cookie === 0n ? '' : `cookie=0x${cookie.toString(16)}`,
    limit === 0 ? '' : `limit=${limit}`,
    result === undefined ? '' : `result_dst=${printSubfield(result)}`,
    ...parts.map(printLearned),
  ]
  return `learn(${words.filter((word) => word !== '').join(',')})`
}

function headerBytes(result: Subfield | undefined): Buffer {
  const bytes = Buffer.alloc(result === undefined ? 0 : 4)
  if (result !== undefined) bytes.writeUInt32BE(niciraHeaderOf(result.field))
  return bytes
}
