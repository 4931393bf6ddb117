import {type ActionKind, bareAction, parseBytes, printBytes, readOptions, valueAction} from './action-kind.ts'
import {pad, slice, struct, u16, u32, u8} from './codec.ts'
import {decimal, port16, readNumber, unreadable} from './values.ts'
import {insideOf, splitWords} from './words.ts'

const conjunctionBody = struct('conjunction', {clause: u8, clauses: u8, id: u32})
const timeoutBody = struct('fin_timeout', {idle: u16, hard: u16, pad: pad(2)})
const sampleBody = struct('sample', {probability: u16, collectors: u32, domain: u32, point: u32})
const samplePort = struct('sampled port', {port: u16, direction: u8, pad: pad(5)})
const anyPort = 0xffff
const directions = ['', 'ingress', 'egress']

const conjunction: ActionKind = {
  nicira: 34,
  words: ['conjunction'],
  parse(text) {
    const [, id, clause = '', clauses = ''] = /^conjunction\((\d+),(\d+)\/(\d+)\)$/u.exec(text) ?? []
    if (id === undefined) return undefined
    const place = readNumber(clause, 1)
    if (place === 0) throw unreadable(text, 'conjunction(ID,K/N) with K from 1')
    return conjunctionBody.encode({id: readNumber(id, 4), clause: place - 1, clauses: readNumber(clauses, 1)})
  },
  print(body) {
    const {id, clause, clauses} = conjunctionBody.decode(body)
    return `conjunction(${id},${clause + 1}/${clauses})`
  },
}

const note: ActionKind = {
  nicira: 8,
  words: ['note'],
  parse(text) {
    const bytes = parseBytes(text.slice('note:'.length))
    // The header is ten bytes, so that six of the note come before the first multiple of eight.
    return Buffer.concat([bytes, Buffer.alloc((14 - (bytes.length % 8)) % 8)])
  },
  print: (body) => `note:${printBytes(body)}`,
}

const clone: ActionKind = {
  nicira: 42,
  words: ['clone'],
  parse(text, nested) {
    const inside = insideOf(text, 'clone')
    return inside === undefined ? undefined : Buffer.concat([Buffer.alloc(6), nested.encode(splitWords(inside))])
  },
  print: (body, nested) => `clone(${nested.decode(slice('clone', body, 6, body.length - 6)).join(',')})`,
}

/** A TCP flow's timeouts once FIN or RST was seen. */
const finTimeout: ActionKind = {
  nicira: 19,
  words: ['fin_timeout'],
  parse(text) {
    const options = readOptions(splitWords(insideOf(text, 'fin_timeout') ?? ''), ['idle_timeout', 'hard_timeout'])
    const seconds = (name: string): number => readNumber(options.get(name) ?? '0', 2)
    return timeoutBody.encode({idle: seconds('idle_timeout'), hard: seconds('hard_timeout')})
  },
  print(body) {
    const {idle, hard} = timeoutBody.decode(body)
    const words = [idle === 0 ? '' : `idle_timeout=${idle}`, hard === 0 ? '' : `hard_timeout=${hard}`]
    return `fin_timeout(${words.filter((word) => word !== '').join(',')})`
  },
}

/** Sends a part of the packets to IPFIX or sFlow collectors; the longer form names a port or a direction. */
function sample(nicira: 29 | 41): ActionKind {
  const long = nicira === 41
  return {
    nicira,
    words: ['sample'],
    parse(text) {
      const options = readOptions(splitWords(insideOf(text, 'sample') ?? ''), sampleOptions)
      const way = directions.findIndex((direction) => direction !== '' && options.has(direction))
      const port = options.get('sampling_port')
      if ((way >= 0 || port !== undefined) !== long) return undefined
      const numberOf = (name: string, size: number): number => readNumber(options.get(name) ?? '0', size)
      const body = sampleBody.encode({
        probability: numberOf('probability', 2),
        collectors: numberOf('collector_set_id', 4),
        domain: numberOf('obs_domain_id', 4),
        point: numberOf('obs_point_id', 4),
      })
      const number = port === undefined ? anyPort : port16.parse(port, 2).readUInt16BE(0)
      return long ? Buffer.concat([body, samplePort.encode({port: number, direction: Math.max(way, 0)})]) : body
    },
    print(body) {
      const {probability, collectors, domain, point} = sampleBody.decode(body)
      const all = `probability=${probability},collector_set_id=${collectors},obs_domain_id=${domain},obs_point_id=${point}`
      if (!long) return `sample(${all})`
      const {port, direction} = samplePort.decode(body, sampleBody.size)
      const words = [
        all,
        port === anyPort ? '' : `sampling_port=${port16.print(body.subarray(sampleBody.size, sampleBody.size + 2))}`,
        directions[direction] ?? '',
      ]
      return `sample(${words.filter((word) => word !== '').join(',')})`
    },
  }
}
const sampleOptions = [
  'probability',
  'collector_set_id',
  'obs_domain_id',
  'obs_point_id',
  'sampling_port',
  'ingress',
  'egress',
]

export const otherActions: readonly ActionKind[] = [
  conjunction,
  note,
  clone,
  finTimeout,
  sample(29),
  sample(41),
  bareAction('exit', {nicira: 17}),
  valueAction('set_queue', {openflow: 21}, decimal, 4),
  bareAction('pop_queue', {nicira: 5}),
  valueAction('meter', {openflow: 29}, decimal, 4),
]
