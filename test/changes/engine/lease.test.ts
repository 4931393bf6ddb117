import {expect, test} from 'vitest'
import type {StoredPlan} from '../../../src/model/change.ts'
import {abortChange} from '../../../src/changes/engine/abort.ts'
import {carryOut, type DrivingOptions, undoChange} from '../../../src/changes/engine/drive-change.ts'
import {restarterName} from '../../../src/changes/engine/holder.ts'
import {statusOf} from '../../../src/changes/engine/status.ts'
import {heldCluster} from '../../../src/changes/restart/held.ts'
import {AntctlError} from '../../../src/model/errors.ts'
import {leaseTimes, takeLease} from '../../../src/changes/engine/lease.ts'
import {type Interfere, openWorld, type World} from './world.ts'

test('questions asked at once renew the lease once, and none takes the other renewal for a foreign one', async () => {
  const world = openWorld('')
  const renewals: string[] = []
  const cluster = world.process((call, when) => {
    if (call === 'writeLease' && when === 'after') renewals.push(world.lease.renewed)
  })
  const lease = await takeLease(cluster, 'laptop', () => undefined)
  world.clock += leaseTimes.renewal
  await Promise.all(Array.from({length: 4}, () => lease.keep()))
  expect(renewals).toHaveLength(2)
  world.clock += leaseTimes.renewal - 1
  await lease.keep()
  expect(renewals).toHaveLength(2)
})

const before = 'trafficEncapMode: encap\n'
const plan: StoredPlan = {
  version: 1,
  scope: 'cluster',
  from: 'encap',
  to: 'hybrid',
  noSNAT: {from: false, to: false},
  phases: [{name: 'batch 1', nodes: ['n1', 'n2', 'n3', 'n4']}],
  options: {maxLoss: 0, soakSeconds: 0, notReady: 'wait'},
}
const wanted = {plan, config: {before, after: 'trafficEncapMode: hybrid\n'}, by: 'somebody'}
const options: DrivingOptions = {
  holder: 'laptop',
  signal: new AbortController().signal,
  patience: 20_000,
  tell: () => undefined,
}
const renewing =
  (world: World): Interfere =>
  (call) =>
    void (call === 'sleep' && (world.lease = {...world.lease, renewed: String(world.clock)}))

test('while agents are restarted no change begins and none is undone; status names who restarts them', async () => {
  const world = openWorld(before)
  await carryOut(world.process(), wanted, options)
  const {acts} = world
  acts.length = 0
  world.lease = {holder: restarterName(), renewed: 'now', version: 7_000}
  const refused = {code: 'CHANGE_RUNNING', message: expect.stringContaining('agents are started anew')}
  await expect(carryOut(world.process(renewing(world)), wanted, options)).rejects.toMatchObject(refused)
  await expect(undoChange(world.process(renewing(world)), options)).rejects.toMatchObject(refused)
  expect(acts).toEqual([])
  const {change, restarter} = await statusOf(world.process())
  expect([change?.driver, restarter?.holder]).toEqual([undefined, world.lease.holder])
})

test('a change whose driver is gone is stopped at once, although agents are being restarted', async () => {
  const world = openWorld(before)
  const dies: Interfere = (call) => {
    if (call === 'drift' || (call === 'writeJournal' && world.nodeConfigs.size > 0)) throw new Error('killed')
  }
  await carryOut(world.process(dies), wanted, options).catch(() => undefined)
  world.lease = {holder: restarterName(), renewed: 'now', version: 7_000}
  const start = world.clock
  expect(await abortChange(world.process(renewing(world)))).toMatch(/on the way to hybrid/u)
  expect(world.clock - start).toBeLessThan(5_000)
  expect(world.record()?.journal.state).toBe('stopped')
})

test('whoever restarted agents has died: a change begins once its lease is over', async () => {
  const world = openWorld(before)
  world.lease = {holder: restarterName(), renewed: 'long ago', version: 7_000}
  const start = world.clock
  await carryOut(world.process(), wanted, options)
  expect(world.clock - start).toBeGreaterThanOrEqual(leaseTimes.life)
  expect(world.text).toBe(wanted.config.after)
})

test('a restart goes on while the API server is away, and stops when somebody else has taken the lease', async () => {
  const calls: string[] = []
  let trouble: AntctlError | undefined
  const held = heldCluster(
    {
      process: async () => 'first',
      restart: async (node) => void calls.push(node),
      kubelet: async () => undefined,
      trouble: async () => undefined,
      window: async () => undefined,
      now: () => 0,
      sleep: async () => undefined,
    },
    {
      keep: async () => {
        if (trouble !== undefined) throw trouble
      },
    },
  )
  trouble = new AntctlError('API_UNREACHABLE', 'no answer')
  await held.restart('n1')
  trouble = new AntctlError('CHANGE_RUNNING', 'thief is carrying this change out')
  await expect(held.restart('n2')).rejects.toMatchObject({code: 'CHANGE_RUNNING'})
  expect(calls).toEqual(['n1'])
})
