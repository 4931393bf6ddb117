import {expect, test} from 'vitest'
import {removeUpstreamAnnotations} from '../../src/cluster/node-annotation.ts'

function fakeApi(metadata: object) {
  const asked: unknown[] = []
  return {
    asked,
    get: async (path: string) => {
      asked.push(path)
      return Promise.resolve({metadata})
    },
    patch: async (path: string, body: unknown) => {
      asked.push([path, body])
      return Promise.resolve({})
    },
  }
}

test("upstream's annotations go, and no others", async () => {
  const annotations = {
    'node.antrea.io/mac-address': '0a:58:0a:f4:01:01',
    'node.antrea.io/transport-addresses': '172.30.1.11',
    'node.antrea.io/max-egress-ips': '10',
    example: 'kept',
  }
  const api = fakeApi({name: 'n1', annotations})
  expect(await removeUpstreamAnnotations(api, 'n1')).toEqual(['node.antrea.io/mac-address'])
  expect(api.asked).toEqual([
    '/api/v1/nodes/n1',
    ['/api/v1/nodes/n1', {metadata: {annotations: {'node.antrea.io/mac-address': null}}}],
  ])
})

test.each([{}, {annotations: {}}, {annotations: {example: 'kept'}}])('%j: nothing is written', async (metadata) => {
  const api = fakeApi({name: 'n1', ...metadata})
  expect(await removeUpstreamAnnotations(api, 'n1')).toEqual([])
  expect(api.asked).toEqual(['/api/v1/nodes/n1'])
})
