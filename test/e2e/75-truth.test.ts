import {afterAll, expect, test} from 'vitest'
import {seeded} from '../long/sizes.ts'
import {truthCases} from '../truth/cases.ts'
import {type Outcome, tryCases} from '../truth/try-cases.ts'
import {antctlOk} from './cluster.ts'
import {fabric} from './fabric.ts'

afterAll(async () => {
  await antctlOk('set-mode', 'encap', '--yes')
  await fabric('del')
})

test('of a dozen packets trace-packet and get paths say what captures on the wire show', async () => {
  const outcomes: Outcome[] = []
  for await (const outcome of tryCases(truthCases(12, seeded()))) outcomes.push(outcome)
  expect(outcomes.length).toBe(12)
  expect(outcomes.filter(({wrong}) => wrong !== undefined)).toEqual([])
}, 600_000)
