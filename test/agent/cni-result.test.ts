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
}

test.each(cniVersions)('the result in version %s', (version) => {
  const request = {
    command: 'ADD',
    version,
    containerId: 'f00d',
    netns: '/var/run/netns/cni-1',
    ifName: 'eth0',
    pod: {namespace: 'default', name: 'web-1'},
  } as const
  expect(describeResult(request, wired)).toEqual({
    cniVersion: version,
    interfaces: [{name: 'web-1-abcdef'}, {name: 'eth0', mac: '0a:58:0a:f4:01:07', sandbox: '/var/run/netns/cni-1'}],
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
