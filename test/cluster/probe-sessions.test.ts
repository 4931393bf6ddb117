import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {parseAllDocuments} from 'yaml'
import * as v from 'valibot'
import {probeLimits, probeLoad} from '../../src/model/probe.ts'
import {probeSessionsOf, translateProbeSession} from '../../src/cluster/probe-sessions.ts'

const spec = {pairs: [{from: 'n1', to: 'n2'}], forms: ['live'], packetsPerSecond: 100, seconds: 3}
const addresses = {live: '10.244.1.9', routed: '10.244.1.10', tunnelled: '10.244.1.11'}
const session = (change: object, status: object = {}) => ({
  metadata: {name: 'probe-1'},
  spec: {...spec, ...change},
  status,
})

test('a session, with the parts of the agents that can be read', () => {
  const done = {
    state: 'done',
    addresses,
    results: [{from: 'n1', to: 'n2', form: 'live', sent: 3, lost: 1, longestGap: 20, mtu: 0}],
  }
  const agents = {
    n1: done,
    n2: {state: 'ready', addresses},
    n3: {state: 'refused', reason: 'no room'},
    n4: {state: 'ready', addresses: {...addresses, live: '$(reboot)'}},
    n5: {state: 'done', addresses, results: [{...done.results[0], lost: -1}]},
    n6: 'done',
    n7: {state: 'gone'},
  }
  expect(translateProbeSession(session({}, {agents}))).toEqual({
    name: 'probe-1',
    order: spec,
    agents: {n1: done, n2: agents.n2, n3: agents.n3},
  })
})

test.each([
  ['no pair', {pairs: []}],
  ['too many pairs', {pairs: Array.from({length: probeLimits.pairs + 1}, () => ({from: 'a', to: 'b'}))}],
  ['a form that does not exist', {forms: ['teleported']}],
  ['too fast', {packetsPerSecond: probeLimits.packetsPerSecond + 1}],
  ['half a packet', {packetsPerSecond: 0.5}],
  ['too long', {seconds: probeLimits.seconds + 1}],
  ['no end', {seconds: Number.POSITIVE_INFINITY}],
  ['a name that is none', {pairs: [{from: 'n'.repeat(254), to: 'b'}]}],
])('%s: no agent follows it', (_, change) => {
  expect(translateProbeSession(session(change))).toBeUndefined()
})

test('one that is being deleted is over', () => {
  const {metadata, ...rest} = session({})
  const deletionTimestamp = '2026-11-23T15:00:00Z'
  expect(translateProbeSession({metadata: {...metadata, deletionTimestamp}, ...rest})).toBeUndefined()
})

test('whatever else comes is no session, and throws nothing', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(translateProbeSession(value)).toBeUndefined()
    }),
  )
})

test('a label fits, however long the name of the Node is', () => {
  for (const node of ['n1', 'n'.repeat(253)]) {
    const selector = decodeURIComponent(probeSessionsOf(node).split('labelSelector=')[1] ?? '')
    expect(selector).toMatch(/^node\.antctl\.internal\/[0-9a-f]{16}$/u)
  }
  expect(probeSessionsOf('n1')).not.toBe(probeSessionsOf('n2'))
})

test('what a Node sends: its own packets, and those that it returns', () => {
  const order = {
    pairs: [
      {from: 'n1', to: 'n2'},
      {from: 'n2', to: 'n1'},
    ],
    forms: ['live', 'routed'],
    packetsPerSecond: 50,
    seconds: 1,
  } as const
  expect(['n1', 'n2', 'n3'].map((node) => probeLoad(node, order))).toEqual([200, 200, 0])
})

test("the manifest's limits are those of the agents", async () => {
  const text = await readFile(join(import.meta.dirname, '..', '..', 'deploy', 'antrea.yml'), 'utf8')
  const objects = parseAllDocuments(text).map((document): unknown => document.toJS())
  const definition = objects.find((object) => v.is(named, object))
  const {properties} = v.parse(named, definition).spec.versions[0].schema.openAPIV3Schema.properties.spec
  expect(properties.pairs).toMatchObject({minItems: 1, maxItems: probeLimits.pairs})
  expect(properties.packetsPerSecond).toMatchObject({minimum: 1, maximum: probeLimits.packetsPerSecond})
  expect(properties.seconds).toMatchObject({minimum: 1, maximum: probeLimits.seconds})
})

const named = v.looseObject({
  metadata: v.looseObject({name: v.literal('probesessions.antctl.internal')}),
  spec: v.looseObject({
    versions: v.tuple([
      v.looseObject({
        schema: v.object({
          openAPIV3Schema: v.looseObject({
            properties: v.looseObject({
              spec: v.looseObject({properties: v.record(v.string(), v.unknown())}),
            }),
          }),
        }),
      }),
    ]),
  }),
})
