import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {topology} from '../datapath/underlay.ts'
import {nodesInHybrid} from './nodes-in-hybrid.ts'
import {restart} from './restarts.ts'
import {faults, placeOf, tell, underTraffic} from './streams.ts'

const to = (['p1b', 'p2a', 'p3a'] as const).map(placeOf)
const from = placeOf('p1a')
const underlay = nodesInHybrid(from, to)

// Without this one, a restart that loses nothing might only say that nobody listens.
test('without flow-restore-wait the same restart loses packets of every path', async () => {
  const heard = await underTraffic({from, to}, async () => {
    await sleep(1_000)
    await restart(underlay(), 'n1', {flowRestoreWait: 'unset'})
    await sleep(1_000)
  })
  for (const one of tell('restart without flow-restore-wait', heard)) expect(faults(one)).toBeGreaterThan(0)
})

test('all Nodes at once, with flow-restore-wait: direct paths lose nothing', async () => {
  const heard = await underTraffic({from, to}, async () => {
    await sleep(1_000)
    await Promise.all(topology.map(({name}) => restart(underlay(), name, {flowRestoreWait: 'set'})))
    await sleep(1_000)
  })
  expect(tell('restart of every Node', heard).slice(0, 2).map(faults)).toEqual([0, 0])
})
