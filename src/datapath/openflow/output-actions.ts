import {type ActionKind, valueAction} from './action-kind.ts'
import {pad, struct, u16, u32, u8} from './codec.ts'
import {reservedPorts} from './messages.ts'
import {niciraHeaderOf} from './oxm.ts'
import {packRange, parseSubfield, printSubfield, unpackRange} from './subfield.ts'
import {decimal, port, port16, readNumber, unreadable} from './values.ts'
import {insideOf, splitWords} from './words.ts'
import {readOptions} from './action-kind.ts'

const outputBody = struct('output', {port: u32, maxLength: u16, pad: pad(6)})
const truncatedBody = struct('output with a length', {port: u16, maxLength: u32})
const outputRegisterBody = struct('output to a field', {range: u16, source: u32, maxLength: u16, pad: pad(6)})
const resubmitBody = struct('resubmit', {inPort: u16, table: u8, pad: pad(3)})
/** Where "resubmit" says no table. */
const sameTable = 0xff
/** OFPP_IN_PORT of OpenFlow 1.0, which Nicira's 16-bit fields keep. */
const samePort = 0xfff8
const wholePacket = 0xffff

const output: ActionKind = {
  openflow: 0,
  words: ['', 'output', ...Object.keys(reservedPorts).map((name) => name.toLowerCase())],
  parse(text) {
    const controller = /^controller(?::(\d+))?$/iu.exec(text)
    if (controller !== null) {
      const maxLength = controller[1] === undefined ? wholePacket : readNumber(controller[1], 2)
      return outputBody.encode({port: reservedPorts.CONTROLLER, maxLength})
    }
    const target = text.replace(/^output:/iu, '')
    if (!/^(?:\d+|[a-z_]+)$/iu.test(target)) return undefined
    return outputBody.encode({port: port.parse(target, 4).readUInt32BE(0), maxLength: 0})
  },
  print(body) {
    const {port: number, maxLength} = outputBody.decode(body)
    if (number === reservedPorts.CONTROLLER) return `CONTROLLER:${maxLength}`
    const name = port.print(body.subarray(0, 4))
    return /^\d/u.test(name) ? `output:${name}` : name
  },
}

/** output(port=PORT,max_len=BYTES) */
const outputTruncated: ActionKind = {
  nicira: 39,
  words: ['output'],
  parse(text) {
    const inside = insideOf(text, 'output')
    if (inside === undefined) return undefined
    const options = readOptions(splitWords(inside), ['port', 'max_len'])
    const target = port16.parse(options.get('port') ?? '', 2).readUInt16BE(0)
    return truncatedBody.encode({port: target, maxLength: readNumber(options.get('max_len') ?? '', 4)})
  },
  print(body) {
    return `output(port=${port16.print(body.subarray(0, 2))},max_len=${truncatedBody.decode(body).maxLength})`
  },
}

const outputToField: ActionKind = {
  nicira: 15,
  words: ['output'],
  parse(text) {
    const source = parseSubfield(text.slice('output:'.length))
    return outputRegisterBody.encode({
      range: packRange(source),
      source: niciraHeaderOf(source.field),
      maxLength: wholePacket,
    })
  },
  print(body) {
    const {range, source} = outputRegisterBody.decode(body)
    return `output:${printSubfield(unpackRange(source, range))}`
  },
}

/** resubmit:PORT, resubmit([PORT],[TABLE]), and with ",ct": search with the connection's original addresses. */
function resubmit(nicira: number, tail: '' | ',ct'): ActionKind {
  return {
    nicira,
    words: ['resubmit'],
    parse(text) {
      const parts = /^resubmit(?::(\w+)|\((\w*),(\d*)(,ct)?\))$/u.exec(text)
      if (parts === null) throw unreadable(text, 'resubmit:PORT or resubmit([PORT],[TABLE][,ct])')
      if ((parts[4] ?? '') !== tail) return undefined
      const [from, table] = [parts[1] ?? parts[2] ?? '', parts[3] ?? '']
      const inPort = from === '' ? samePort : port16.parse(from, 2).readUInt16BE(0)
      return resubmitBody.encode({inPort, table: table === '' ? sameTable : readNumber(table, 1)})
    },
    print(body) {
      const {inPort, table} = resubmitBody.decode(body)
      const from = inPort === samePort ? '' : port16.print(body.subarray(0, 2))
      if (table === sameTable && tail === '') return `resubmit:${from === '' ? 'IN_PORT' : from}`
      return `resubmit(${from},${table === sameTable ? '' : table}${tail})`
    },
  }
}

/** What sends a packet somewhere. In this order: the first one that can read a text does. */
export const outputActions: readonly ActionKind[] = [
  output,
  outputTruncated,
  outputToField,
  valueAction('group', {openflow: 22}, decimal, 4),
  resubmit(14, ''),
  resubmit(44, ',ct'),
]
