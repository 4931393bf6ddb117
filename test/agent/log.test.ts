import {expect, test} from 'vitest'
import {effectiveConfig} from '../../src/model/agent-config.ts'
import {followVerbosity, logLevel} from '../../src/agent/log.ts'
import {openStore} from '../../src/agent/state.ts'

test.each([
  [0, {}, 'info'],
  [1, {}, 'debug'],
  [3, {}, 'debug'],
  [4, {}, 'trace'],
  [10, {}, 'trace'],
  [4, {LOG_LEVEL: 'warn'}, 'warn'],
] as const)('logVerbosity %i with %j is %s', (verbosity, environment, level) => {
  expect(logLevel(verbosity, environment)).toBe(level)
})

test('the level follows the configuration and nothing else', () => {
  const store = openStore()
  const log = {level: 'info'}
  followVerbosity(store, log)
  const read = (text: string) => store.update({loaded: {hash: text, ...effectiveConfig({text})}})
  read('logVerbosity: 2')
  expect(log.level).toBe('debug')
  log.level = 'by hand'
  store.update({flowTable: {Output: 1}})
  expect(log.level).toBe('by hand')
  read('trafficEncapMode: encap')
  expect(log.level).toBe('info')
})
