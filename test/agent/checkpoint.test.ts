import {chmod, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {recallInputs, rememberInputs} from '../../src/agent/checkpoint.ts'
import {loadConfig} from '../../src/agent/load-config.ts'
import {openStore} from '../../src/agent/state.ts'
import {parseCidr, parseIp} from '../../src/model/address.ts'
import type {ClusterNode} from '../../src/model/node.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antctl-checkpoint-'))
  file = join(folder, 'inputs.json')
})
afterEach(() => rm(folder, {recursive: true, force: true}))

const configText = 'trafficEncapMode: encap\ntransportInterface: eth1\n'
const loaded = loadConfig({text: configText}, {})
const nodeOf = (index: number): ClusterNode => ({
  name: `n${index}`,
  podCidrs: [parseCidr(`10.244.${index}.0/24`)],
  transportIps: [parseIp(`172.30.1.${index}`)],
  ready: true,
})
const nodes = [nodeOf(1), nodeOf(2)]
const inputs = {nodes, loaded, configText, internalIp: parseIp('172.30.1.1')}

/** Lets a store have these inputs, and ends when they are written. */
async function written(errors: unknown[] = []): Promise<string> {
  const store = openStore()
  const stop = rememberInputs(store, {file, node: 'n1', onError: (error) => errors.push(error)})
  store.update(inputs)
  await stop()
  return readFile(file, 'utf8').catch(() => '')
}

test('what was written is read again, by root alone', async () => {
  await written()
  expect(await recallInputs(file, 'n1')).toEqual(inputs)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['inputs.json'])
})

test('a file that others may read is one no more', async () => {
  await writeFile(`${file}.tmp`, 'of a crash')
  await chmod(`${file}.tmp`, 0o666)
  await written()
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('no file is no checkpoint', async () => {
  expect(await recallInputs(file, 'n1')).toBeUndefined()
})

test('a checkpoint of another Node is refused', async () => {
  await written()
  await expect(recallInputs(file, 'n2')).rejects.toThrow('is refused: it is of Node n1')
})

test('half a file is refused, wherever it breaks off', async () => {
  const text = await written()
  for (let length = 0; length < text.length; length += 1) {
    await writeFile(file, text.slice(0, length))
    await expect(recallInputs(file, 'n1')).rejects.toMatchObject({code: 'MACHINE'})
  }
})

const well = {version: 1, node: 'n1', configText, nodes: [nodeOf(1)]}
test.each([
  ['another version', {...well, version: 2}],
  ['no Nodes', {...well, nodes: []}],
  ['an address that is none', {...well, nodes: [{...nodeOf(1), transportIps: ['1.2.3']}]}],
  ['a podCIDR that is none', {...well, nodes: [{...nodeOf(1), podCidrs: ['10.0.0.0/40']}]}],
  ['a configuration that is refused', {...well, configText: 'trafficEncapMode: warp'}],
  ['a list', [well]],
])('%s is refused', async (_, content) => {
  await writeFile(file, JSON.stringify(content))
  await expect(recallInputs(file, 'n1')).rejects.toThrow('is refused')
})

test('a file that is too large, or none at all, is not read', async () => {
  await writeFile(file, '')
  await truncate(file, 17 * 1024 * 1024)
  await expect(recallInputs(file, 'n1')).rejects.toThrow('it is no file of less than')
  await expect(recallInputs(folder, 'n1')).rejects.toThrow('it is no file of less than')
})

test('until both are known nothing is written, and later changes are', async () => {
  const store = openStore()
  const errors: unknown[] = []
  const stop = rememberInputs(store, {file, node: 'n1', onError: (error) => errors.push(error)})
  store.update({nodes})
  await sleep(0)
  store.update({nodes: []})
  expect(await readdir(folder)).toEqual([])
  store.update(inputs)
  store.update({nodes: [...nodes, nodeOf(3)]})
  await stop()
  expect((await recallInputs(file, 'n1'))?.nodes).toHaveLength(3)
  expect(errors).toEqual([])
})

test('a disk that takes nothing is told', async () => {
  await rm(folder, {recursive: true})
  const errors: unknown[] = []
  await written(errors)
  expect(errors).toHaveLength(1)
})

test('what a Node runs of its own is remembered', async () => {
  const nodeConfig = {name: 'n1', agent: {defaultMTU: 1400}}
  const store = openStore()
  const stop = rememberInputs(store, {file, node: 'n1', onError: () => undefined})
  store.update({...inputs, nodeConfig})
  await stop()
  expect(await recallInputs(file, 'n1')).toMatchObject({nodeConfig, loaded: {config: {defaultMTU: 1400}}})
})
