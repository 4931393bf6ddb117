import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {pino} from 'pino'
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest'
import {readiness} from '../../src/agent/api/readiness.ts'
import {openEventLog} from '../../src/agent/events.ts'
import {followState} from '../../src/agent/follow-state.ts'
import {storeHas} from '../../src/agent/inputs.ts'
import {openStore, type Store} from '../../src/agent/state.ts'
import {fallBackToCheckpoint, startWatches} from '../../src/agent/watches.ts'
import type {ApiServer} from '../../src/cluster/api.ts'
import {hasKernelDatapath} from '../../src/datapath/machine/kernel-datapath.ts'
import {AntctlError} from '../../src/model/errors.ts'
import {exampleNetwork} from '../pipeline/example.ts'

const log = pino({level: 'silent'})
const node = (name: string, index: number) => ({
  metadata: {name},
  spec: {podCIDRs: [`10.244.${index}.0/24`]},
  status: {addresses: [{type: 'InternalIP', address: `172.30.1.${index}`}]},
})
const configMap = {metadata: {name: 'antrea-config'}, data: {'antrea-agent.conf': 'trafficEncapMode: encap'}}

/** Lists what the test says, and whose watches end at once. */
function fakeApi(list: (path: string) => readonly unknown[]): ApiServer {
  const refuse = () => Promise.reject(new AntctlError('API_UNREACHABLE', 'nobody answers'))
  return {
    server: '',
    get: refuse,
    post: refuse,
    put: refuse,
    patch: refuse,
    delete: refuse,
    list: async (path) => ({resourceVersion: '1', items: list(path)}),
    stream: async function* () {
      await sleep(20)
      yield JSON.stringify({type: 'ERROR', object: {message: 'too old resource version'}})
    },
    close: () => undefined,
  }
}

let folder: string
let file: string
let stop: AbortController
let store: Store
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antctl-watches-'))
  file = join(folder, 'inputs.json')
  stop = new AbortController()
  store = openStore()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  stop.abort()
  await rm(folder, {recursive: true, force: true})
})

const checkpoint = {
  version: 1,
  node: 'n1',
  configText: 'trafficEncapMode: encap\ndefaultMTU: 1400',
  internalIp: '172.30.1.9',
  nodes: [{name: 'n1', podCidrs: ['10.244.9.0/24'], transportIps: ['172.30.1.9'], ready: true}],
}
const names = () => store.now().nodes?.map(({name}) => name)
const parts = () => ({node: 'n1', store, log, signal: stop.signal})

test.each([
  ['empty', () => []],
  [
    'failing',
    () => {
      throw new AntctlError('API_UNREACHABLE', 'no route to host')
    },
  ],
])('a first LIST that is %s: the checkpoint is begun with, and nothing is taken away', async (_, list) => {
  await writeFile(file, JSON.stringify(checkpoint))
  startWatches({api: fakeApi(list), ...parts()})
  await fallBackToCheckpoint(file, parts())
  expect(names()).toEqual(['n1'])
  expect(store.now()).toMatchObject({internalIp: '172.30.1.9', loaded: {config: {defaultMTU: 1400}}})
})

test('what the API server says wins over the checkpoint', async () => {
  await writeFile(file, JSON.stringify(checkpoint))
  const answers = (path: string) => (path.includes('nodes') ? [node('n1', 1), node('n2', 2)] : [configMap])
  startWatches({api: fakeApi(answers), ...parts()})
  await fallBackToCheckpoint(file, parts())
  expect(names()).toEqual(['n1', 'n2'])
  expect(store.now()).toMatchObject({internalIp: '172.30.1.1', loaded: {config: {defaultMTU: 0}}})
})

test('a LIST of Nodes alone: only the configuration comes from the checkpoint', async () => {
  await writeFile(file, JSON.stringify(checkpoint))
  startWatches({api: fakeApi((path) => (path.includes('nodes') ? [node('n1', 1)] : [])), ...parts()})
  await fallBackToCheckpoint(file, parts())
  expect(store.now()).toMatchObject({internalIp: '172.30.1.1', loaded: {config: {defaultMTU: 1400}}})
})

const bad = (text: string) => ({...configMap, data: {'antrea-agent.conf': text}})

test.each([
  ['no YAML', bad('a: ['), 'cannot be read'],
  ['a mode that excludes another key', bad('noSNAT: true'), 'noSNAT is only possible with'],
  ['no such key in the ConfigMap', {...configMap, data: {}}, 'has no key antrea-agent.conf'],
])('%s: a start runs the last good configuration and goes on telling', async (_, stored, sentence) => {
  await writeFile(file, JSON.stringify(checkpoint))
  const lists = (path: string) => (path.includes('nodes') ? [node('n1', 1)] : [stored])
  startWatches({api: fakeApi(lists), ...parts()})
  await storeHas(store, ({configTrouble}) => configTrouble?.includes(sentence), stop.signal)
  expect(store.now().loaded).toBeUndefined()
  await fallBackToCheckpoint(file, parts())
  expect(store.now()).toMatchObject({loaded: {config: {defaultMTU: 1400}}})
  expect(store.now().configTrouble).toContain(sentence)
})

test('what the Node and its kernel are is part of the judgement', async () => {
  let text = 'trafficEncapMode: hybrid'
  const azure = {...node('n1', 1), spec: {podCIDRs: ['10.244.1.0/24'], providerID: 'azure:///subscriptions/0/x'}}
  startWatches({api: fakeApi((path) => (path.includes('nodes') ? [azure] : [bad(text)])), ...parts()})
  vi.stubEnv('ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY', 'true')
  const isTold = (word: string) => store.now().configTrouble?.includes(word) === true || undefined
  await storeHas(store, () => isTold('does not work on Azure'), stop.signal)
  text = 'ovsDatapathType: system'
  await storeHas(store, () => (isTold('Azure') ? undefined : true), stop.signal)
  expect(isTold('this kernel has no openvswitch module')).toBe(hasKernelDatapath() ? undefined : true)
})

test('a configuration that turns bad changes nothing but what is told, until it is good again', async () => {
  let text = 'trafficEncapMode: hybrid'
  const lists = (path: string) => (path.includes('nodes') ? [node('n1', 1)] : [bad(text)])
  const events = openEventLog()
  followState(store, events)
  vi.stubEnv('ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY', 'true')
  startWatches({api: fakeApi(lists), ...parts()})
  const good = await storeHas(store, ({loaded}) => loaded, stop.signal)
  text = 'trafficEncapMode: hybird'
  await storeHas(store, ({configTrouble}) => configTrouble, stop.signal)
  expect(store.now()).toMatchObject({loaded: good, configText: 'trafficEncapMode: hybrid'})
  expect(readiness(store.now())).toMatchObject({status: 503})
  text = 'trafficEncapMode: noEncap'
  await storeHas(store, ({loaded}) => (loaded === good ? undefined : loaded), stop.signal)
  expect(store.now().configTrouble).toBeUndefined()
  const told = events.list().events.filter(({kind}) => kind === 'configuration')
  expect(told.map(({sentence}) => sentence)).toEqual([
    'the configuration is valid',
    'configuration read: hybrid',
    expect.stringContaining('not "hybird"'),
    'the configuration is valid',
    'configuration read: noEncap',
  ])
})

describe("the Node's own configuration", () => {
  const own = (name: string, agent: unknown) => ({metadata: {name}, spec: {agent}})
  const apiWith = (nodeConfigs: () => readonly unknown[]) =>
    fakeApi((path) => {
      if (path.includes('antreanodeconfigs')) return nodeConfigs()
      return path.includes('nodes') ? [node('n1', 1)] : [configMap]
    })

  test('goes before the ConfigMap, key by key, and is followed as it comes, changes and goes', async () => {
    let configs: readonly unknown[] = []
    startWatches({api: apiWith(() => configs), ...parts()})
    const plain = await storeHas(store, ({loaded}) => loaded, stop.signal)
    expect(plain.config).toMatchObject({trafficEncapMode: 'encap', defaultMTU: 0})
    configs = [own('n1', {trafficEncapMode: 'hybrid', defaultMTU: 1400})]
    vi.stubEnv('ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY', 'true')
    const mixed = await storeHas(store, ({loaded}) => (loaded === plain ? undefined : loaded), stop.signal)
    expect(mixed.config).toMatchObject({trafficEncapMode: 'hybrid', defaultMTU: 1400})
    expect(mixed.hash).toBe(plain.hash)
    expect(mixed.sources).toMatchObject({trafficEncapMode: 'antreanodeconfig/n1'})
    configs = []
    const back = await storeHas(store, ({loaded}) => (loaded === mixed ? undefined : loaded), stop.signal)
    expect(back.valuesHash).toBe(plain.valuesHash)
  })

  test.each([
    ['of another Node', own('n2', {trafficEncapMode: 'hybrid'})],
    ["of upstream's alone", {metadata: {name: 'n1'}, spec: {secondaryNetwork: {}}}],
  ])('one %s is none', async (_, object) => {
    startWatches({api: apiWith(() => [object]), ...parts()})
    expect((await storeHas(store, ({loaded}) => loaded, stop.signal)).config.trafficEncapMode).toBe('encap')
  })

  test('is refused with its name, and what ran goes on', async () => {
    let configs: readonly unknown[] = []
    startWatches({api: apiWith(() => configs), ...parts()})
    const plain = await storeHas(store, ({loaded}) => loaded, stop.signal)
    configs = [own('n1', {tunnelType: 'vxlan'})]
    await storeHas(store, ({configTrouble}) => configTrouble, stop.signal)
    expect(store.now()).toMatchObject({loaded: plain, lastChange: {result: 'refused'}})
    expect(store.now().configTrouble).toContain('AntreaNodeConfig n1')
  })

  test.each(['API_NOT_FOUND', 'API_FORBIDDEN'] as const)('%s: there is none', async (code) => {
    const api = apiWith(() => {
      throw new AntctlError(code, 'no such kind')
    })
    startWatches({api, ...parts()})
    expect((await storeHas(store, ({loaded}) => loaded, stop.signal)).config.trafficEncapMode).toBe('encap')
  })

  test('is waited for: the ConfigMap alone may say another mode', async () => {
    const api = apiWith(() => {
      throw new AntctlError('API_UNREACHABLE', 'nobody answers')
    })
    startWatches({api, ...parts()})
    await storeHas(store, ({nodes}) => nodes, stop.signal)
    await sleep(50)
    expect(store.now().loaded).toBeUndefined()
  })
})

test('what cannot be judged before the Node is wired is judged then, and told', async () => {
  const lists = (path: string) => (path.includes('nodes') ? [node('n1', 1)] : [bad('defaultMTU: 8000')])
  startWatches({api: fakeApi(lists), ...parts()})
  const loaded = await storeHas(store, ({loaded}) => loaded, stop.signal)
  expect(store.now().configTrouble).toBeUndefined()
  const {wiring} = exampleNetwork()
  store.update({wiring})
  expect(store.now().loaded).toBe(loaded)
  expect(store.now().configTrouble).toContain('defaultMTU 8000 does not fit: the transport interface takes 1500 bytes')
  store.update({wiring: {...wiring, transportMtu: 9000}})
  expect(store.now().configTrouble).toBeUndefined()
})

test('a later LIST that is empty takes no Node away', async () => {
  let answers: readonly unknown[] = [node('n1', 1), node('n2', 2)]
  let lists = 0
  const {promise, resolve} = Promise.withResolvers<void>()
  const list = (path: string) => {
    if (!path.includes('nodes')) return [configMap]
    lists += 1
    if (lists > 1) resolve()
    const given = answers
    answers = []
    return given
  }
  startWatches({api: fakeApi(list), ...parts()})
  await storeHas(store, ({nodes}) => nodes, stop.signal)
  await promise
  expect(names()).toEqual(['n1', 'n2'])
})

test('a checkpoint that cannot be read leaves the state as it is', async () => {
  await writeFile(file, '{"version":1')
  await fallBackToCheckpoint(file, parts())
  expect(names()).toBeUndefined()
})
