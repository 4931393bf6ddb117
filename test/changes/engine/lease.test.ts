import {expect, test} from 'vitest'
import {leaseTimes, takeLease} from '../../../src/changes/engine/lease.ts'
import {openWorld} from './world.ts'

test('questions asked at once renew the lease once, and none takes the other renewal for a foreign one', async () => {
  const world = openWorld('')
  const renewals: string[] = []
  const cluster = world.process((call, when) => {
    if (call === 'writeLease' && when === 'after') renewals.push(world.lease.renewed)
  })
  const lease = await takeLease(cluster, 'laptop', {observe: false, onWait: () => undefined})
  world.clock += leaseTimes.renewal
  await Promise.all(Array.from({length: 4}, () => lease.keep()))
  expect(renewals).toHaveLength(2)
  world.clock += leaseTimes.renewal - 1
  await lease.keep()
  expect(renewals).toHaveLength(2)
})
