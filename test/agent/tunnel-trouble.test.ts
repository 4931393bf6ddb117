import {expect, test} from 'vitest'
import {tunnelTrouble} from '../../src/agent/tunnel-trouble.ts'
import {parseIp} from '../../src/model/address.ts'
import {exampleNetwork} from '../pipeline/example.ts'

const why = 'this Node has no route to it'
const unreachable = ['172.30.1.12', '172.30.2.13', '192.0.2.1'].map((ip) => ({ip: parseIp(ip), why}))
const route = 'on this Node shows the route'

test.each([
  ['encap', `no tunnel reaches n2 (172.30.1.12) and 1 more: ${why}; ip route get 172.30.1.12 ${route}`],
  ['hybrid', `no tunnel reaches n3 (172.30.2.13): ${why}; ip route get 172.30.2.13 ${route}`],
  ['noEncap', undefined],
] as const)('in %s only those are told that packets are tunnelled to', (mode, sentence) => {
  expect(tunnelTrouble(exampleNetwork({mode}), unreachable)).toBe(sentence)
})

test('peers that tunnels reach are no trouble', () => {
  expect(tunnelTrouble(exampleNetwork({mode: 'encap'}), [])).toBeUndefined()
})
