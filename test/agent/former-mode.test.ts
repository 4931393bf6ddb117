import {pino} from 'pino'
import {afterEach, beforeEach, expect, test, vi} from 'vitest'
import {openStore} from '../../src/agent/state.ts'
import {startTakingConfig} from '../../src/agent/take-config.ts'

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubEnv('ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY', 'true')
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

test('the mode before is remembered for a minute after the last change, and not at the start', () => {
  const store = openStore()
  const {takeText, takeNodeConfig} = startTakingConfig(store, pino({level: 'silent'}))
  takeNodeConfig(undefined)
  const become = (mode: string) => {
    takeText(`trafficEncapMode: ${mode}\n`)
    return store.now().formerMode
  }
  expect(become('encap')).toBeUndefined()
  expect(become('hybrid')).toBe('encap')
  vi.advanceTimersByTime(59_000)
  expect(become('encap')).toBe('hybrid')
  vi.advanceTimersByTime(59_000)
  // Another key is no other mode.
  takeText('trafficEncapMode: encap\nnoSNAT: false\n')
  expect(store.now().formerMode).toBe('hybrid')
  vi.advanceTimersByTime(60_000)
  expect(store.now().formerMode).toBeUndefined()
})
