import fc from 'fast-check'
import {expect, test} from 'vitest'
import {encodeAction} from '../../src/datapath/openflow/actions.ts'
import {writerOf} from '../../src/datapath/openflow/field-writer.ts'
import {encodeInstructions} from '../../src/datapath/openflow/instructions.ts'
import {bytesOf} from '../../src/datapath/openflow/outgoing.ts'
import {packetFields} from '../../src/datapath/openflow/packet-fields.ts'
import {encodeFieldValue, parseFieldValue} from '../../src/datapath/openflow/tlv.ts'

// What goes straight from text to bytes must be what the general way makes of it: the same bytes, or the same refusal.

/** Plain values, spellings that only few write, and what is none. */
const value = fc.oneof(
  fc.ipV4(),
  fc.nat(0xffff_ffff).map((number) => `0x${number.toString(16)}`),
  fc.nat(70_000).map(String),
  fc.bigInt(0n, 2n ** 70n).map(String),
  fc.uint8Array({minLength: 6, maxLength: 6}).map((octets) => [...octets].map((octet) => octet.toString(16)).join(':')),
  fc.constantFrom('0a:58:0A:f4:01:02', '0a:58:0a:f4:01:0', '0a-58-0a-f4-01-02', '10.0.0.01', '10.0.0', '10.0.0.256'),
  fc.constantFrom(
    '',
    '0',
    '0x',
    '0X1f',
    '00000000000000001',
    '-1',
    '1e3',
    '1 ',
    'LOCAL',
    'in_port',
    '1.2.3.4.5',
    '...',
  ),
  fc.constantFrom('4294967295', '4294967296', '65535', '65536', '0xffffffffffff', '0x1000000000000', '1.2.3.4.'),
)
const mask = fc.oneof(value, fc.nat(40).map(String), fc.constantFrom('024', '255.255.255.0', '0xffffffff', '/'))
const text = fc.oneof(
  value,
  fc.tuple(value, mask).map((pair) => pair.join('/')),
)

function outcome(encode: () => Buffer): string {
  try {
    return encode().toString('hex')
  } catch (error) {
    return String(error)
  }
}

const places = [{place: 'match'}, {place: 'action'}] as const
test.each(places)('a field in a $place', ({place}) => {
  fc.assert(
    fc.property(fc.constantFrom(...packetFields), text, (field, words) => {
      const straight = outcome(() => bytesOf((out) => writerOf(field, place)(out, 0, words, 0, words.length)))
      const general = outcome(() => {
        const entry = parseFieldValue(field, words, place)
        return entry === undefined ? Buffer.alloc(0) : encodeFieldValue(entry)
      })
      expect(straight).toBe(general)
    }),
    {numRuns: 5000},
  )
})

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6().map((ip) => `[${ip}]`),
  fc.constantFrom('1.2.3.4-1.2.3.9', '01.2.3.4', '', 'x'),
)
const port = fc.oneof(fc.nat(70_000).map(String), fc.constantFrom('', '80-90', 'http'))
const translation = fc
  .tuple(fc.constantFrom('src', 'dst'), address, fc.option(port), fc.constantFrom('', ',random', ',persistent'))
  .map(([way, ip, number, more]) => `nat(${way}=${ip}${number === null ? '' : `:${number}`}${more})`)
const ctWord = fc.oneof(
  translation,
  fc.constantFrom('commit', 'table=13', 'zone=65520', 'zone=NXM_NX_REG0[0..15]', 'nat', 'force', 'alg=ftp', 'nonsense'),
  fc.constantFrom('exec(set_field:0x1->ct_label)', 'exec(set_field:0x10/0x10->ct_mark)', 'nat(src)'),
)
const tracking = fc.array(ctWord, {maxLength: 4}).map((words) => `ct(${words.join(',')})`)

test('ct() with a translation', () => {
  fc.assert(
    fc.property(tracking, (action) => {
      expect(outcome(() => encodeInstructions([action]).subarray(8))).toBe(outcome(() => encodeAction(action)))
    }),
    {numRuns: 3000},
  )
})

const setting = fc
  .tuple(text, fc.constantFrom('reg0', 'NXM_NX_REG3', 'eth_dst', 'ip_dst', 'tun_id', 'tcp_dst', 'ct_mark', 'no', ''))
  .map(([words, field]) => `set_field:${words}->${field}`)

test('set_field', () => {
  fc.assert(
    fc.property(setting, (action) => {
      expect(outcome(() => encodeInstructions([action]).subarray(8))).toBe(outcome(() => encodeAction(action)))
    }),
    {numRuns: 3000},
  )
})
