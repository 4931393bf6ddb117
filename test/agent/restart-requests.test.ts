import {expect, test} from 'vitest'
import {translateRestartRequest} from '../../src/cluster/translate-node-config.ts'
import {openRestartRequests} from '../../src/agent/restart-requests.ts'

const time = (second: number) => new Date(Date.UTC(2026, 10, 27, 12, 0, second))

test.each([
  ['there when the process begins', [time(5)], 0],
  ['there all the time', [time(5), time(5)], 0],
  ['the first one', [undefined, time(5)], 1],
  ['a later one', [time(5), time(6)], 1],
  ['the same one again after the object was gone', [time(5), undefined, time(5)], 0],
  ['an earlier one, because somebody restored the object', [time(6), time(5)], 0],
  ['of a laptop whose clock is ahead', [undefined, time(59), time(59)], 1],
])('%s: asked for %j, %i restarts', (_, requests, restarts) => {
  let asked = 0
  const take = openRestartRequests(() => (asked += 1))
  for (const request of requests) take(request)
  expect(asked).toBe(restarts)
})

test('what is no time is no request', () => {
  const requested = (restartRequestedAt: unknown) => translateRestartRequest({spec: {restartRequestedAt}})
  expect(requested('2026-11-27T12:00:05Z')).toEqual(time(5))
  for (const value of ['soon', '', 5, null, undefined]) expect(requested(value)).toBeUndefined()
  expect(translateRestartRequest(undefined)).toBeUndefined()
})
