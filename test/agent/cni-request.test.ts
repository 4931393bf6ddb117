import {expect, test} from 'vitest'
import {parseRequest} from '../../src/agent/cni/request.ts'

const good = {
  command: 'ADD',
  containerId: 'f00d-1',
  netns: '/var/run/netns/cni-1234',
  ifName: 'eth0',
  args: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-1;K8S_POD_INFRA_CONTAINER_ID=f00d',
  path: '/opt/cni/bin',
  config: {cniVersion: '1.0.0', name: 'antrea', type: 'antrea'},
}

test('a request of the kubelet is read', () => {
  expect(parseRequest(JSON.stringify(good))).toEqual({
    command: 'ADD',
    version: '1.0.0',
    containerId: 'f00d-1',
    netns: '/var/run/netns/cni-1234',
    ifName: 'eth0',
    pod: {namespace: 'default', name: 'web-1'},
  })
})

test.each([
  ['a namespace outside the folder', {netns: '/etc/passwd'}, 4],
  ['a way out of the folder', {netns: '/var/run/netns/../../etc/passwd'}, 4],
  ['the folder itself', {netns: '/var/run/netns/..'}, 4],
  ['an option as namespace', {netns: '--help'}, 4],
  ['a container id with a slash', {containerId: 'a/b'}, 4],
  ['an empty container id', {containerId: ''}, 4],
  ['a name of 16 characters', {ifName: 'e234567890123456'}, 4],
  ['a name with a newline', {ifName: 'eth0\nlink del'}, 4],
  ['a name with a space', {ifName: 'eth0 up'}, 4],
  ['a Pod name with a semicolon-free trick', {args: 'K8S_POD_NAMESPACE=default;K8S_POD_NAME=../x'}, 4],
  ['no Pod', {args: ''}, 4],
  ['an unknown command', {command: 'EXPLODE'}, 4],
  ['an unknown version', {config: {cniVersion: '9.9.9'}}, 1],
  ['a number for the command', {command: 1}, 6],
])('%s is refused', (_, change, code) => {
  expect(() => parseRequest(JSON.stringify({...good, ...change}))).toThrow(expect.objectContaining({code}))
})

test('text that is not JSON is refused', () => {
  expect(() => parseRequest('GET / HTTP/1.1')).toThrow(expect.objectContaining({code: 6}))
})

test('DEL needs no network namespace', () => {
  expect(parseRequest(JSON.stringify({...good, command: 'DEL', netns: ''}))).toMatchObject({command: 'DEL', netns: ''})
})
