import {expect, test} from 'vitest'
import {parseIp, parseMac} from '../../src/model/address.ts'
import {cniVersions} from '../../src/agent/cni/request.ts'
import {describeResult} from '../../src/agent/cni/result.ts'

const wired = {
  hostName: 'web-1-abcdef',
  ip: parseIp('10.244.1.7'),
  prefix: 24,
  gateway: parseIp('10.244.1.1'),
  mac: parseMac('0a:58:0a:f4:01:07'),
  mtu: 1450,
}

test.each(cniVersions)('the result in version %s', (version) => {
  const size = version === '1.1.0' ? {mtu: 1450} : {}
  expect(describeResult({version, netns: '/var/run/netns/cni-1', ifName: 'eth0'}, wired)).toEqual({
    cniVersion: version,
    interfaces: [
      {name: 'web-1-abcdef', ...size},
      {name: 'eth0', mac: '0a:58:0a:f4:01:07', ...size, sandbox: '/var/run/netns/cni-1'},
    ],
    ips: [
      {
        interface: 1,
        address: '10.244.1.7/24',
        gateway: '10.244.1.1',
        ...(version.startsWith('0.') && {version: '4'}),
      },
    ],
    routes: [{dst: '0.0.0.0/0', gw: '10.244.1.1'}],
    dns: {},
  })
})
