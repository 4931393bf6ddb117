import fc from 'fast-check'
import {expect, test} from 'vitest'
import {listProviders, providerOf} from '../../src/cluster/node-providers.ts'
import {AntctlError, type ErrorCode} from '../../src/model/errors.ts'

const node = (name: string, providerID?: unknown) => ({metadata: {name}, spec: {providerID}})

test.each([
  ['azure:///subscriptions/0/resourceGroups/x', 'azure'],
  ['aws:///eu-west-1a/i-0123', 'aws'],
  ['k3s://n1', 'k3s'],
  ['azure', undefined],
  ['://x', undefined],
  ['', undefined],
  [undefined, undefined],
  [7, undefined],
  [`${'a'.repeat(100)}://x`, undefined],
])('%j → %s', (providerID, provider) => {
  expect(providerOf(node('n1', providerID))).toBe(provider)
})

test('whatever else comes has none, and throws nothing', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(providerOf(value)).toBeUndefined()
    }),
  )
})

const apiThat = (list: () => readonly unknown[]) => ({
  list: async () => Promise.resolve().then(() => ({resourceVersion: '1', items: list()})),
})
const refusal = (code: ErrorCode) => () => {
  throw new AntctlError(code, 'no')
}

test('by Node, where it is said', async () => {
  const items = [node('n1', 'azure:///x'), node('n2'), 'nonsense', node('n3', 'gce://p/z/n3')]
  expect([...(await listProviders(apiThat(() => items)))]).toEqual([
    ['n1', 'azure'],
    ['n3', 'gce'],
  ])
})

test('who may not list Nodes knows none; another failure is one', async () => {
  expect([...(await listProviders(apiThat(refusal('API_FORBIDDEN'))))]).toEqual([])
  await expect(listProviders(apiThat(refusal('API_UNREACHABLE')))).rejects.toMatchObject({code: 'API_UNREACHABLE'})
})
