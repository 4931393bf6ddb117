import fc from 'fast-check'
import {expect, test} from 'vitest'
import {CniError} from '../../src/agent/cni/error.ts'
import {parseRequest} from '../../src/agent/cni/request.ts'

const config = {cniVersion: '1.0.0', name: 'antrea', type: 'antrea'}
const good = {
  command: 'ADD',
  containerId: 'f00d-1',
  netns: '/var/run/netns/cni-1234',
  ifName: 'eth0',
  args: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-1;K8S_POD_INFRA_CONTAINER_ID=f00d',
  path: '/opt/cni/bin',
  config,
}
const read = (change: object) => parseRequest(JSON.stringify({...good, ...change}))

test('a request of the kubelet is read', () => {
  expect(read({})).toEqual({
    command: 'ADD',
    version: '1.0.0',
    containerId: 'f00d-1',
    netns: '/var/run/netns/cni-1234',
    ifName: 'eth0',
    pod: {namespace: 'default', name: 'web-1'},
    prevResult: undefined,
  })
})

test.each([
  ['a namespace outside the folder', {netns: '/etc/passwd'}, 4],
  ["the Node's own namespace", {netns: '/proc/1/ns/net'}, 4],
  ['a way out of the folder', {netns: '/var/run/netns/../../etc/passwd'}, 4],
  ['the folder itself', {netns: '/var/run/netns/..'}, 4],
  ['a namespace with a zero byte', {netns: '/var/run/netns/a\0b'}, 4],
  ['no namespace', {netns: ''}, 4],
  ['an option as namespace', {netns: '--help'}, 4],
  ['a container id with a slash', {containerId: 'a/b'}, 4],
  ['a container id with a newline', {containerId: 'a\nb'}, 4],
  ['a container id of 129 characters', {containerId: 'a'.repeat(129)}, 4],
  ['an empty container id', {containerId: ''}, 4],
  ['a name of 16 characters', {ifName: 'e234567890123456'}, 4],
  ['a name with a newline', {ifName: 'eth0\nlink del'}, 4],
  ['a name with a space', {ifName: 'eth0 up'}, 4],
  ['a name with a slash', {ifName: 'a/b'}, 4],
  ['a name with a colon', {ifName: 'a:b'}, 4],
  ['a name with a zero byte', {ifName: 'eth\0'}, 4],
  ['a name that the kernel would count up', {ifName: 'eth%d'}, 4],
  ['two dots for a name', {ifName: '..'}, 4],
  ['a dot for a name', {ifName: '.'}, 4],
  ['the loopback interface', {ifName: 'lo'}, 4],
  ['an empty name', {ifName: ''}, 4],
  ['a Pod name with a way out', {args: 'K8S_POD_NAMESPACE=default;K8S_POD_NAME=../x'}, 4],
  ['no Pod', {args: ''}, 4],
  ['an unknown command', {command: 'EXPLODE'}, 4],
  ['an unknown version', {config: {...config, cniVersion: '9.9.9'}}, 1],
  ['no version', {config: {name: 'antrea'}}, 1],
  ['a number for the command', {command: 1}, 6],
  ['a list for the configuration', {config: []}, 1],
  ['a GC without a list', {command: 'GC'}, 7],
  ['a GC with null for a list', {command: 'GC', config: {...config, 'cni.dev/valid-attachments': null}}, 7],
  ['a GC with something else in the list', {command: 'GC', config: {...config, 'cni.dev/valid-attachments': ['a']}}, 7],
])('%s is refused', (_, change, code) => {
  expect(() => read(change)).toThrow(expect.objectContaining({code}))
})

test('a refusal does not repeat a megabyte', () => {
  try {
    read({containerId: '\u0007'.repeat(1_000_000)})
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(CniError)
    expect(String(error).length).toBeLessThan(700)
  }
})

test.each(['GET / HTTP/1.1', '', '{', 'null', '[]', '"ADD"', `${'['.repeat(500_000)}${']'.repeat(500_000)}`])(
  'text that is no request is refused: %#',
  (line) => {
    expect(() => parseRequest(line)).toThrow(expect.objectContaining({code: 6}))
  },
)

test('whatever comes, the answer is a request or a CNI error', () => {
  const hostile = fc.record({
    command: fc.constantFrom('ADD', 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION'),
    containerId: fc.oneof(fc.string(), fc.constant('f00d')),
    netns: fc.oneof(fc.string(), fc.constant('/run/netns/x')),
    ifName: fc.oneof(fc.string(), fc.constant('eth0')),
    args: fc.string(),
    config: fc.oneof(fc.jsonValue(), fc.constant({...config, 'cni.dev/valid-attachments': []})),
  })
  fc.assert(
    fc.property(fc.oneof(hostile, fc.jsonValue()), (message) => {
      try {
        parseRequest(JSON.stringify(message))
      } catch (error) {
        expect(error).toBeInstanceOf(CniError)
      }
    }),
  )
})

test('DEL needs no network namespace and no Pod', () => {
  expect(read({command: 'DEL', netns: '', args: ''})).toMatchObject({
    command: 'DEL',
    netns: '',
    pod: {namespace: '', name: ''},
  })
})

test('GC reads the list by both names that runtimes give it', () => {
  const list = [{containerID: 'f00d', ifname: 'eth0'}]
  const valid = [{containerId: 'f00d', ifName: 'eth0'}]
  for (const key of ['cni.dev/valid-attachments', 'cni.dev/attachments']) {
    const request = {command: 'GC', containerId: '', netns: '', ifName: '', config: {...config, [key]: list}}
    expect(read(request)).toMatchObject({command: 'GC', valid})
  }
})
