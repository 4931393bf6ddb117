import {expect, test} from 'vitest'
import {patientCluster} from '../../../src/changes/engine/patient.ts'
import {AntctlError} from '../../../src/model/errors.ts'
import {openWorld} from './world.ts'

test('an absence of the API server is told and counted once, however many questions wait for its end', async () => {
  const world = openWorld('')
  const end = world.clock + 30_000
  const cluster = world.process((call, when) => {
    if (call !== 'sleep' && when === 'before' && world.clock < end)
      throw new AntctlError('API_UNREACHABLE', 'no answer')
  })
  const waits: string[] = []
  const patient = patientCluster(cluster, {
    lease: {keep: async () => undefined},
    goOn: () => undefined,
    onWait: (why) => waits.push(why),
  })
  await Promise.all([1, 2, 3, 4].map(() => patient.presence()))
  expect(waits).toEqual(['the API server does not answer: no answer'])
  const missed = patient.missed()
  expect(missed).toBeGreaterThanOrEqual(30_000)
  expect(missed).toBeLessThan(60_000)
  await patient.presence()
  expect(patient.missed()).toBe(missed)
})
