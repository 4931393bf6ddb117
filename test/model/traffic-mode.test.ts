import {expect, test} from 'vitest'
import {parseCidr, parseInterfaceAddress, parseIp} from '../../src/model/address.ts'
import {AntctlError, errorCodes, exitCodes} from '../../src/model/errors.ts'
import {type ClusterNode, peersOf} from '../../src/model/node.ts'
import {needsTunnel, parseTrafficMode, trafficModeNames} from '../../src/model/traffic-mode.ts'

test.each([
  ['encap', true, true],
  ['encap', false, true],
  ['hybrid', true, false],
  ['hybrid', false, true],
  ['noEncap', true, false],
  ['noEncap', false, false],
] as const)('%s with a peer in the same subnet (%s) tunnels: %s', (mode, sameSubnet, tunnels) => {
  expect(needsTunnel(mode, {sameSubnet})).toBe(tunnels)
})

test('a mode is read whatever its case, and an unknown one says which there are', () => {
  expect(['ENCAP', 'noencap', 'Hybrid'].map(parseTrafficMode)).toEqual(['encap', 'noEncap', 'hybrid'])
  const refused = () => parseTrafficMode('networkPolicyOnly')
  expect(refused).toThrow(AntctlError)
  expect(trafficModeNames).toEqual(['encap', 'hybrid', 'noEncap'])
})

const node = (name: string, podCidr: string, ip: string): ClusterNode => ({
  name,
  podCidrs: podCidr === '' ? [] : [parseCidr(podCidr)],
  transportIps: ip === '' ? [] : [parseIp(ip)],
  ready: true,
})

test('peers are judged with the own mask; those that cannot be reached are left out', () => {
  const nodes = [
    node('n1', '10.244.1.0/24', '172.30.1.11'),
    node('n2', '10.244.2.0/24', '172.30.1.12'),
    node('n3', '10.244.3.0/24', '172.30.2.13'),
    node('no-podcidr', '', '172.30.1.14'),
    node('no-address', '10.244.5.0/24', ''),
  ]
  const seen = (mask: string) => peersOf('n1', nodes, [parseInterfaceAddress(`172.30.1.11/${mask}`)])
  expect(seen('24').map(({name, sameSubnet}) => [name, sameSubnet])).toEqual([
    ['n2', true],
    ['n3', false],
  ])
  expect(seen('32').map(({sameSubnet}) => sameSubnet)).toEqual([false, false])
  expect(seen('16').map(({sameSubnet}) => sameSubnet)).toEqual([true, true])
  expect(seen('24')[0]).toEqual({
    name: 'n2',
    podCidr: '10.244.2.0/24',
    gatewayIp: '10.244.2.1',
    transportIp: '172.30.1.12',
    sameSubnet: true,
  })
})

test('every error code ends a process with a known status', () => {
  for (const name of Object.values(errorCodes)) expect(exitCodes[name]).toBeGreaterThan(0)
  expect(new AntctlError('API_FORBIDDEN', 'no').exitCode).toBe(4)
})
