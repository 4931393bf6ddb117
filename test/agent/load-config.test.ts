import {expect, test} from 'vitest'
import {hashOf, loadConfig} from '../../src/agent/load-config.ts'

const allowed = {ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY: 'true'}

test('a configuration and its hash', () => {
  const source = 'trafficEncapMode: hybrid\n'
  const {hash, config} = loadConfig(source, allowed)
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
  expect(() => loadConfig(source, environment)).toThrow(/antrea-agent.conf|traffic mode/u)
})
