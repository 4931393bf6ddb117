import {expect, test} from 'vitest'
import {Pace} from '../../src/agent/pace.ts'

test('what is changed now and then is looked at at once, each part by itself', () => {
  const pace = new Pace<'flows' | 'routes'>()
  for (let at = 0; at < 600_000; at += 7_000) {
    expect(pace.delay('flows', at)).toBe(20)
    pace.repaired('flows', at)
  }
  expect(pace.contested(600_000)).toEqual([])
})

test('who fights is answered more and more slowly, and never later than half a minute', () => {
  const pace = new Pace<'flows' | 'routes'>()
  const times: number[] = []
  for (let now = 0; now < 600_000;) {
    now += pace.delay('flows', now)
    pace.repaired('flows', now)
    times.push(now)
  }
  const pauses = times.map((at, index) => at - (times[index - 1] ?? 0))
  expect(pauses.slice(0, 14)).toEqual([20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 1_000, 2_000, 4_000])
  expect(Math.max(...pauses)).toBeLessThanOrEqual(30_000)
  for (let from = 0; from < 540_000; from += 5_000)
    expect(times.filter((at) => at >= from && at < from + 60_000).length).toBeLessThan(20)
  expect(pace.delay('routes', times.at(-1) ?? 0)).toBe(20)
})

test('peace is noticed after a minute', () => {
  const pace = new Pace<'flows'>()
  for (let at = 0; at < 11; at++) pace.repaired('flows', at)
  expect(pace.contested(100)).toEqual(['flows'])
  expect(pace.contested(60_000 + 11)).toEqual([])
  expect(pace.delay('flows', 60_000 + 11)).toBe(20)
})
