import {expect, test} from 'vitest'
import {parseCidr, parseIp} from '../../src/model/address.ts'
import {ownerOfTransport} from '../../src/agent/wiring/transport-interface.ts'

const link = (name: string, ...ips: readonly string[]) => ({
  name,
  addresses: ips.map((ip) => ({ip: parseIp(ip), prefix: 24})),
})
const links = [
  link('lo', '127.0.0.1'),
  link('antrea-gw0', '10.244.1.1'),
  link('eth0', '192.168.1.5', '192.168.9.5'),
  link('eth1', '172.30.1.11'),
]

test.each([
  ['the Node address, without CIDRs', [], '192.168.1.5', 'eth0'],
  ['an address in the first CIDR', ['172.30.0.0/16'], '192.168.1.5', 'eth1'],
  ['an address in the second CIDR', ['10.9.0.0/16', '172.30.1.0/24'], '192.168.1.5', 'eth1'],
  ['the first interface of two', ['172.30.0.0/16', '192.168.0.0/16'], '192.168.1.5', 'eth0'],
  ['a second address', ['192.168.9.0/24'], '172.30.1.11', 'eth0'],
  ['never the gateway of the Pods', ['10.0.0.0/8'], '192.168.1.5', undefined],
  ['none, rather than one outside of the CIDRs', ['10.9.0.0/16'], '192.168.1.5', undefined],
  ['none for a Node without an address', [], undefined, undefined],
])('%s', (_, cidrs, internalIp, expected) => {
  const wish = {transportInterfaceCIDRs: cidrs.map(parseCidr), internalIp: internalIp && parseIp(internalIp)}
  expect(ownerOfTransport(links, {...wish, internalIp: wish.internalIp || undefined})).toBe(expected)
})
