import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {sum, unlessTheMachineStalls} from '../datapath/machine-stalls.ts'
import {nodesInHybrid} from './nodes-in-hybrid.ts'
import {connections, restart, tables} from './restarts.ts'
import {faults, type Heard, placeOf, tell, underTraffic} from './streams.ts'

/** In hybrid: the same Node, a Node of the same subnet (direct), a Node across subnets (Geneve). */
const [direct, tunnelled] = [[placeOf('p1b'), placeOf('p2a')], [placeOf('p3a')]]
const everybody = [...direct, ...tunnelled]
const from = placeOf('p1a')
const underlay = nodesInHybrid(from, everybody)

test('with nothing done, nothing is lost', async () => {
  const {heard} = await unlessTheMachineStalls(async () => {
    const heard = await underTraffic({from, to: everybody}, () => sleep(4_000))
    return {heard, missing: sum(tell('control', heard).map(faults)), isControlWhole: true}
  })
  expect(heard.map(faults)).toEqual([0, 0, 0])
})

test('ovs-vswitchd killed and started with flow-restore-wait: nothing is lost on direct paths, all is back as it was', async () => {
  const before = await tables(underlay(), 'n1')
  const {heard} = await unlessTheMachineStalls(async () => {
    const heard = await underTraffic({from, to: everybody}, restartWithConnections)
    tell('restart with flow-restore-wait', heard)
    expect(await tables(underlay(), 'n1')).toEqual(before)
    return {heard, missing: sum(heard.filter(isDirect).map(faults)), isControlWhole: true}
  })
  expect(heard.filter(isDirect).map(faults)).toEqual([0, 0])
  expect(heard.map(({tcp}) => tcp.resets + tcp.reconnects)).toEqual([0, 0, 0])
})

async function restartWithConnections(): Promise<void> {
  await sleep(2_000)
  const tracked = await connections('n1')
  expect(tracked.length).toBeGreaterThanOrEqual(everybody.length)
  expect(await restart(underlay(), 'n1', {flowRestoreWait: 'set'})).toMatchObject({datapath: 'system'})
  await sleep(1_000)
  expect(await connections('n1')).toEqual(expect.arrayContaining([...tracked]))
}

function isDirect({to}: Heard): boolean {
  return direct.includes(to)
}
