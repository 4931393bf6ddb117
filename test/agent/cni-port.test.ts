import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test, vi} from 'vitest'
import type {Attachment} from '../../src/agent/cni/request.ts'
import type {CniService} from '../../src/agent/cni/service.ts'
import {createWorld, requestOf, slow, startAgent, type World} from './cni-world.ts'

const containers = ['a', 'b', 'c']

function prepared(): {world: World; agent: CniService} {
  const world = createWorld()
  for (const name of containers) world.spaces.set(`/run/netns/${name}`, `inode-${name}`)
  return {world, agent: startAgent(world)}
}

const attachmentOf = (containerId: string): Attachment => ({containerId, ifName: 'eth0'})
const add = (agent: CniService, containerId: string) => agent.handle(requestOf('ADD', attachmentOf(containerId)))
const del = (agent: CniService, containerId: string) => agent.handle(requestOf('DEL', attachmentOf(containerId)))
const counts = ({links, ports, flows}: World) => [links.size, ports.size, flows.size]

test('an ADD that is alone is answered while Open vSwitch still opens the device; what comes next waits for that', async () => {
  const {world, agent} = prepared()
  const device = Promise.withResolvers<void>()
  world.openDevice = () => device.promise
  await add(agent, 'a')
  expect(counts(world)).toEqual([1, 1, 1])
  expect(world.announced).toEqual([])
  let isGone = false
  const gone = del(agent, 'a').then(() => (isGone = true))
  await sleep(20)
  expect(isGone).toBe(false)
  device.resolve()
  await gone
  expect(world.announced).toEqual(['10.244.1.2'])
  expect(counts(world)).toEqual([0, 0, 0])
})

test('the link is made while the switch puts the flows in force; the answer waits for them, and a refusal undoes it', async () => {
  for (const isRefused of [false, true]) {
    const {world, agent} = prepared()
    const flows = Promise.withResolvers<void>()
    world.inForce = flows.promise
    world.nextFlows = Promise.resolve()
    const added = add(agent, 'a').then(
      () => 'added',
      () => 'refused',
    )
    await vi.waitFor(() => expect(counts(world)).toEqual([1, 1, 0]))
    world.inForce = Promise.resolve()
    if (isRefused) flows.reject(new Error('no such table'))
    else flows.resolve()
    expect(await added).toBe(isRefused ? 'refused' : 'added')
    const left = isRefused ? 0 : 1
    expect(counts(world)).toEqual([left, left, left])
  }
})

test('ADDs at the same time wait for their devices', async () => {
  const {world, agent} = prepared()
  const device = Promise.withResolvers<void>()
  world.openDevice = () => device.promise
  const answered: string[] = []
  const all = containers.map((name) => add(agent, name).then(() => answered.push(name)))
  await sleep(20)
  expect(answered).toEqual([])
  device.resolve()
  await Promise.all(all)
  expect(counts(world)).toEqual([3, 3, 3])
})

test('while the switch is slow to take flows, an ADD waits for its device and is undone without one', async () => {
  const {world, agent} = prepared()
  world.settling = slow
  world.failing = 'ofport'
  await expect(add(agent, 'a')).rejects.toThrow('ofport failed')
  expect(counts(world)).toEqual([0, 0, 0])
})

test('a device that could not be opened after the answer is told of, fails CHECK, and is opened by the next sweep', async () => {
  const {world, agent} = prepared()
  world.failing = 'ofport'
  const prevResult = await add(agent, 'a')
  const check = () => agent.handle({...requestOf('CHECK', attachmentOf('a')), prevResult})
  await expect(check()).rejects.toMatchObject({code: 102, message: expect.stringContaining('is broken')})
  expect(world.warnings).toEqual(['Pod default/pod-a has no port yet, it is tried again'])
  world.failing = undefined
  await agent.sweep()
  await expect(check()).resolves.toBeUndefined()
  await del(agent, 'a')
  expect(counts(world)).toEqual([0, 0, 0])
})
