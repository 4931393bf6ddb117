import fc from 'fast-check'
import {expect, test} from 'vitest'
import {listNodeFacts, providerOf, translateNodeFacts} from '../../src/cluster/node-facts.ts'
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

test('by Node, as far as it is said', async () => {
  const items = [node('n1', 'azure:///x'), node('n2'), 'nonsense', node('n3', 'gce://p/z/n3')]
  const facts = await listNodeFacts(apiThat(() => items))
  expect([...facts].map(([name, {provider, providerId, ready}]) => [name, provider, providerId, ready])).toEqual([
    ['n1', 'azure', 'azure:///x', false],
    ['n2', undefined, undefined, false],
    ['n3', 'gce', 'gce://p/z/n3', false],
  ])
})

test.each([
  [[{type: 'Ready', status: 'True'}], {ready: true}],
  [[{type: 'NetworkUnavailable', status: 'False', reason: 'RouteCreated'}], {ready: false, cloudRoutes: 'created'}],
  [[{type: 'NetworkUnavailable', status: 'True', reason: 'NoRouteCreated'}], {ready: false, cloudRoutes: 'missing'}],
  [[{type: 'NetworkUnavailable', status: 'False', reason: 'CalicoIsUp'}], {ready: false}],
] as const)('%j', (conditions, facts) => {
  const object = {metadata: {name: 'n1', labels: {zone: 'a'}}, spec: {unschedulable: true}, status: {conditions}}
  expect(translateNodeFacts(object)).toEqual({name: 'n1', labels: {zone: 'a'}, cordoned: true, ...facts})
})

test('who may not list Nodes knows none; another failure is one', async () => {
  expect([...(await listNodeFacts(apiThat(refusal('API_FORBIDDEN'))))]).toEqual([])
  await expect(listNodeFacts(apiThat(refusal('API_UNREACHABLE')))).rejects.toMatchObject({code: 'API_UNREACHABLE'})
})
