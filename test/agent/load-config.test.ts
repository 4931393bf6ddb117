import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {hashOf, loadConfig, readBootstrap} from '../../src/agent/load-config.ts'

const allowed = {ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY: 'true'}

test('a configuration and its hash', () => {
  const source = 'trafficEncapMode: hybrid\n'
  const {hash, config} = loadConfig({text: source}, allowed)
  expect(config.trafficEncapMode).toBe('hybrid')
  expect(hash).toMatch(/^[0-9a-f]{12}$/u)
  expect(hash).toBe(hashOf(source))
  expect(hash).not.toBe(hashOf(`${source}#`))
})

test.each([
  ['hybrid without leave to do without AntreaProxy', 'trafficEncapMode: hybrid', {}],
  ['a mode that does not exist', 'trafficEncapMode: warp', allowed],
  ['noSNAT outside noEncap', 'noSNAT: true', allowed],
  ['text that is no YAML', 'a: [', allowed],
])('%s is refused', (_, source, environment) => {
  expect(() => loadConfig({text: source}, environment)).toThrow(/antrea-agent.conf|traffic mode/u)
})

test('what is needed to tell of a refusal is read from a text that is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'antctl-bootstrap-'))
  const file = join(folder, 'antrea-agent.conf')
  const read = async (text: string) => {
    await writeFile(file, text)
    return readBootstrap(file)
  }
  try {
    const found = {kubeAPIServerOverride: 'https://172.31.1.1:6443', apiPort: 10_351}
    const keys = 'kubeAPIServerOverride: https://172.31.1.1:6443\napiPort: 10351\n'
    expect(await read(keys)).toEqual(found)
    expect(await read(`${keys}trafficEncapMod: hybrid\nnoSNAT: true\n`)).toEqual(found)
    expect(await read(`${keys}trafficEncapMode: warp\n`)).toEqual(found)
    expect(await read('a: [')).toEqual({})
    expect(await readBootstrap(join(folder, 'none'))).toEqual({})
  } finally {
    await rm(folder, {recursive: true})
  }
})
