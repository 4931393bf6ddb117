import fc from 'fast-check'
import {expect, test} from 'vitest'
import {canonicalFlow, flowKey} from '../../src/datapath/openflow/canonical.ts'
import type {Flow} from '../../src/datapath/openflow/flow.ts'
import {decodeFlowMod} from '../../src/datapath/openflow/flow-mod.ts'
import {parseFlow, printFlow} from '../../src/datapath/openflow/text.ts'
import {encodeFlowMod} from './encode.ts'

const hex32 = fc.nat(0xffff_fffe).map((value) => `0x${value.toString(16)}`)
const masked32 = fc.tuple(hex32, hex32).map((pair) => pair.join('/'))
const ipv4 = fc.ipV4()
const network = fc.tuple(ipv4, fc.nat(32)).map((pair) => pair.join('/'))
const mac = fc.uint8Array({minLength: 6, maxLength: 6}).map((octets) =>
  Buffer.from(octets)
    .toString('hex')
    .replaceAll(/..(?!$)/gu, '$&:'),
)
const port16 = fc.nat(65_535).map(String)
const register = fc.nat(15).map((index) => `reg${index}`)

const anyMatch = fc.record(
  {
    reg0: fc.oneof(hex32, masked32),
    reg1: hex32,
    reg7: masked32,
    in_port: fc.oneof(port16, fc.constantFrom('LOCAL', 'IN_PORT')),
    dl_src: mac,
    dl_dst: mac,
    pkt_mark: masked32,
    ct_state: fc.constantFrom('+trk-new', '+new+trk', '-rpl+trk', '+inv+trk'),
    ct_zone: port16,
    ct_mark: masked32,
    tun_dst: ipv4,
    tun_id: hex32,
  },
  {requiredKeys: []},
)
const anyProtocol = fc.oneof(
  fc.constant({}),
  fc.record(
    {arp: fc.constant(''), arp_spa: network, arp_op: fc.constantFrom('1', '2'), arp_sha: mac},
    {requiredKeys: ['arp']},
  ),
  fc.record(
    {ip: fc.constant(''), nw_src: network, nw_dst: network, nw_ttl: fc.nat(255).map(String)},
    {requiredKeys: ['ip']},
  ),
  fc.record({tcp: fc.constant(''), nw_dst: network, tp_src: port16, tp_dst: port16}, {requiredKeys: ['tcp']}),
  fc.record({udp6: fc.constant(''), ipv6_src: fc.ipV6(), tp_dst: port16}, {requiredKeys: ['udp6']}),
)
const table = fc.nat(253)
const setRegister = fc.tuple(
  fc.oneof(
    hex32,
    fc
      .tuple(
        hex32,
        hex32.filter((mask) => mask !== '0x0'),
      )
      .map((pair) => pair.join('/')),
  ),
  register,
)
const anyAction = fc.oneof(
  setRegister.map(([value, field]) => `set_field:${value}->${field}`),
  ipv4.map((ip) => `set_field:${ip}->tun_dst`),
  mac.map((address) => `set_field:${address}->eth_dst`),
  fc
    .tuple(register, register)
    .map(([from, to]) => `move:NXM_NX_${from.toUpperCase()}[0..3]->NXM_NX_${to.toUpperCase()}[4..7]`),
  fc.nat(65_000).map((port) => `output:${port}`),
  register.map((name) => `output:NXM_NX_${name.toUpperCase()}[]`),
  table.map((id) => `resubmit(,${id})`),
  fc
    .tuple(table, port16, ipv4)
    .map(([id, zone, ip]) => `ct(commit,table=${id},zone=${zone},nat(src=${ip}),exec(set_field:0x1/0x1->ct_mark))`),
  fc.constantFrom(
    'IN_PORT',
    'NORMAL',
    'LOCAL',
    'dec_ttl',
    'ct_clear',
    'CONTROLLER:128',
    'group:7',
    'conjunction(7,2/3)',
  ),
)
const anyFlow: fc.Arbitrary<Flow> = fc.record({
  table,
  priority: fc.nat(65_535),
  cookie: fc.bigInt(0n, 0xffff_ffff_ffff_ffffn),
  match: fc.tuple(anyMatch, anyProtocol).map(([fields, protocol]) => ({...fields, ...protocol})),
  actions: fc.array(anyAction, {maxLength: 6}),
})

test('print, parse, encode, decode, print: the same text', () => {
  fc.assert(
    fc.property(anyFlow, (flow) => {
      const text = printFlow(canonicalFlow(flow))
      const again = decodeFlowMod(encodeFlowMod(parseFlow(text), 'add', 1))
      expect(printFlow(again)).toBe(text)
      expect(printFlow(canonicalFlow(canonicalFlow(flow)))).toBe(text)
    }),
    {numRuns: 500},
  )
})

test('the order of the fields does not change the key or the bytes', () => {
  fc.assert(
    fc.property(anyFlow, (flow) => {
      const turned = {...flow, match: Object.fromEntries(Object.entries(flow.match).toReversed())}
      expect(flowKey(turned)).toBe(flowKey(flow))
      expect(encodeFlowMod(turned, 'add', 1).equals(encodeFlowMod(flow, 'add', 1))).toBe(true)
    }),
  )
})

test('a flipped byte is either read or refused with our own error, never a crash', () => {
  fc.assert(
    fc.property(anyFlow, fc.nat(), fc.nat(255), (flow, place, value) => {
      const bytes = encodeFlowMod(flow, 'add', 1)
      bytes[place % bytes.length] = value
      try {
        decodeFlowMod(bytes)
      } catch (error) {
        expect(error).toMatchObject({name: 'AntctlError'})
      }
    }),
    {numRuns: 2000},
  )
})
