import {expect, test} from 'vitest'
import {parseIp} from '../../src/model/address.ts'
import {cookieKinds, cookieOf, ownerOf} from '../../src/datapath/pipeline/cookies.ts'
import {describeRegister, fields, set, setOutPort, where} from '../../src/datapath/pipeline/fields.ts'
import type {Flow} from '../../src/datapath/openflow/flow.ts'
import type {NodeNetwork} from '../../src/model/node-network.ts'
import {exampleNetwork} from './example.ts'
import {ledgerOf} from '../plan/ledger-of.ts'

test('a field writes and matches only its bits', () => {
  expect(where('source', 'gateway')).toEqual({reg0: '0x2/0xf'})
  expect(where('rewriteMac', 'no')).toEqual({reg0: '0/0x200'})
  expect(set('destination', 'tunnel')).toBe('set_field:0x10/0xf0->reg0')
  expect(set('output', 'toPort')).toBe('set_field:0x200000/0x600000->reg0')
  expect(setOutPort(32768)).toBe('set_field:0x8000->reg1')
})

test('fields of one register do not overlap', () => {
  const taken = Object.values(fields).flatMap(({register, bits: [first, last]}) =>
    Array.from({length: last - first + 1}, (_, at) => `${register}[${first + at}]`),
  )
  expect(new Set(taken).size).toBe(taken.length)
})

test.each([
  ['reg0', '0x2/0xf', ['came from the Node through the gateway']],
  ['reg0', '0x10/0xf0', ['goes to another Node through the tunnel']],
  ['reg0', '0x201/0x20f', ['came in by the tunnel', 'the MAC addresses must be rewritten for the Pod']],
  ['reg0', '0x4', ['the MAC addresses are right already']],
  ['reg1', '0x8001', ['ofport that the packet leaves by: 32769']],
  ['ct_mark', '0x2/0xf', ['was opened through the gateway']],
  ['reg7', '0x1', []],
])('%s=%s in words', (register, text, words) => {
  expect(describeRegister(register, text)).toEqual(words)
})

test('every register that a flow writes or matches can be described', () => {
  const used = flowsOf(exampleNetwork()).flatMap(({match, actions}) => [
    ...actions.flatMap((action) => {
      const [, value, register] = /^set_field:(.+)->(reg\d+)$/u.exec(action) ?? []
      return value === undefined || register === undefined ? [] : [{register, value}]
    }),
    ...Object.entries(match)
      .filter(([field]) => /^reg\d|^ct_mark/u.test(field))
      .map(([register, value]) => ({register, value})),
  ])
  expect(used.length).toBeGreaterThan(20)
  expect(used.filter(({register, value}) => describeRegister(register, value).length === 0)).toEqual([])
})

test('a cookie tells whose flow it is', () => {
  expect(cookieOf('pod', parseIp('10.244.1.2'))).toBe(0x104_0af4_0102n)
  expect(ownerOf(0x104_0af4_0102n)).toEqual({kind: 'pod', id: 0x0af4_0102n})
  for (const name of ['base', 'gateway', 'tunnel', 'peer', 'pod'] as const) {
    expect(ownerOf(cookieOf(name))).toEqual({kind: name, id: 0n})
  }
  expect(Object.keys(cookieKinds)).toHaveLength(5)
  expect([ownerOf(0n), ownerOf(0x2_0000_0000_0000n)]).toEqual([undefined, undefined])
})

function flowsOf(network: NodeNetwork): readonly Flow[] {
  return ledgerOf(network).flows.values()
}
