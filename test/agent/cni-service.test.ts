import fc from 'fast-check'
import {setImmediate} from 'node:timers/promises'
import {expect, test} from 'vitest'
import * as v from 'valibot'
import {parseCidr} from '../../src/model/address.ts'
import type {Attachment} from '../../src/agent/cni/request.ts'
import type {CniService} from '../../src/agent/cni/service.ts'
import {createWorld, requestOf, slow, startAgent, type World} from './cni-world.ts'

const web: Attachment = {containerId: 'web', ifName: 'eth0'}
const db: Attachment = {containerId: 'db', ifName: 'eth0'}
const resultSchema = v.object({ips: v.tuple([v.object({address: v.string()})])})

function prepared(podCidr?: string): {world: World; agent: CniService} {
  const world = createWorld(podCidr)
  for (const {containerId} of [web, db]) world.spaces.set(`/run/netns/${containerId}`, `inode-${containerId}`)
  return {world, agent: startAgent(world)}
}

async function add(agent: CniService, attachment: Attachment): Promise<string> {
  const result = await agent.handle(requestOf('ADD', attachment))
  return v.parse(resultSchema, result).ips[0].address
}

const del = (agent: CniService, attachment: Attachment) => agent.handle(requestOf('DEL', attachment))
const check = (agent: CniService, attachment: Attachment, prevResult: unknown) =>
  agent.handle({...requestOf('CHECK', attachment), prevResult})

function isEmpty({links, ports, flows}: World): boolean {
  return links.size + ports.size + flows.size === 0
}

test('ADD, CHECK, DEL', async () => {
  const {world, agent} = prepared()
  const result = await agent.handle(requestOf('ADD', web))
  expect(result).toMatchObject({cniVersion: '1.1.0', ips: [{address: '10.244.1.2/28', gateway: '10.244.1.1'}]})
  await expect(check(agent, web, result)).resolves.toBeUndefined()
  expect(await del(agent, web)).toBeUndefined()
  expect(world.announced).toEqual(['10.244.1.2'])
  expect(isEmpty(world)).toBe(true)
  await expect(check(agent, web, result)).rejects.toMatchObject({code: 3})
})

test.each([
  ['stays', [1450], 1450],
  ['shrinks while the Pod is wired', [1500, 1450], 1450],
  ['grows while the Pod is wired', [1450, 1500], 1500],
] as const)('what Pods may send %s: a new Pod has the last of it', async (_, sizes, expected) => {
  const {world, agent} = prepared()
  let asked = 0
  world.podMtu = () => sizes[Math.min(asked++, sizes.length - 1)] ?? 0
  await add(agent, web)
  expect([...world.links.values()].map(({mtu, routes}) => [mtu, routes[0]?.mtu])).toEqual([[1500, expected]])
})

test('asked twice, ADD answers the same; what is broken it makes anew', async () => {
  const {world, agent} = prepared()
  const first = await agent.handle(requestOf('ADD', web))
  expect(await agent.handle(requestOf('ADD', web))).toEqual(first)
  world.links.clear()
  expect(await add(agent, web)).toBe('10.244.1.3/28')
  expect([world.links.size, world.ports.size, world.flows.size]).toEqual([1, 1, 1])
})

test('two interfaces of one container are two attachments', async () => {
  const {world, agent} = prepared()
  await add(agent, web)
  await add(agent, {...web, ifName: 'net1'})
  expect(world.links.size).toBe(2)
  await del(agent, web)
  expect([...world.links.values()].map(({ifName}) => ifName)).toEqual(['net1'])
})

test('DEL of what was never there, twice, and without a Pod name', async () => {
  const {world, agent} = prepared()
  await del(agent, web)
  await add(agent, web)
  await agent.handle({...requestOf('DEL', web), pod: {namespace: '', name: ''}})
  expect(isEmpty(world)).toBe(true)
  await del(agent, web)
})

test('DEL without ovsdb-server takes the link; the port is swept when the database is back', async () => {
  const {world, agent} = prepared()
  await add(agent, web)
  world.databaseAway = true
  await del(agent, web)
  expect([world.links.size, world.ports.size]).toEqual([0, 1])
  world.databaseAway = false
  expect(await agent.sweep()).toEqual({ports: [expect.stringMatching(/^pod-web-/u)], links: []})
  expect(isEmpty(world)).toBe(true)
})

test('DEL without ovs-vswitchd', async () => {
  const {world, agent} = prepared()
  await add(agent, web)
  world.failing = 'settle'
  await del(agent, web)
  expect([world.links.size, world.ports.size]).toEqual([0, 0])
})

test.each(['createPodLink', 'linkMade', 'attach', 'ofport', 'settle'])(
  'an ADD whose %s fails leaves nothing',
  async (failing) => {
    const {world, agent} = prepared()
    world.failing = failing
    world.settling = slow
    await expect(agent.handle(requestOf('ADD', web))).rejects.toThrow(`${failing} failed`)
    expect([world.links.size, world.ports.size]).toEqual([0, 0])
    world.failing = undefined
    await add(agent, web)
    expect([world.links.size, world.ports.size, world.flows.size]).toEqual([1, 1, 1])
  },
)

test("a namespace that is another container's, the Node's or nobody's", async () => {
  const {world, agent} = prepared()
  await add(agent, web)
  const intruder = (netns: string) => agent.handle({...requestOf('ADD', db), ifName: 'net1', netns})
  await expect(intruder('/run/netns/web')).rejects.toMatchObject({
    code: 4,
    message: 'CNI_NETNS is the network namespace of Pod default/pod-web, which is wired already',
  })
  await expect(intruder('/run/netns/node')).rejects.toMatchObject({code: 4})
  await expect(intruder('/run/netns/nobody')).rejects.toMatchObject({code: 4})
  expect([world.links.size, world.ports.size]).toEqual([1, 1])
})

test('the number of a namespace that is gone may come again', async () => {
  const {world, agent} = prepared()
  await add(agent, web)
  world.links.clear()
  world.spaces.set('/run/netns/db', 'inode-web')
  expect(await add(agent, db)).toBe('10.244.1.3/28')
})

test('while it cannot serve, ADD says why with code 11 and STATUS with 50 or 51; DEL works', async () => {
  const {world, agent} = prepared()
  await add(agent, web)
  const status = () => agent.handle({command: 'STATUS', version: '1.1.0'})
  await expect(status()).resolves.toBeUndefined()
  world.trouble = {sentence: 'the API server is away', reachesWired: false}
  await expect(add(agent, db)).rejects.toMatchObject({code: 11, message: 'the API server is away: try again later'})
  await expect(status()).rejects.toMatchObject({code: 50, message: 'the API server is away'})
  world.trouble = {sentence: 'Open vSwitch is away', reachesWired: true}
  await expect(status()).rejects.toMatchObject({code: 51})
  await del(agent, web)
  expect(isEmpty(world)).toBe(true)
})

test('no address left: ADD says 101, STATUS 50', async () => {
  const {agent} = prepared('10.244.1.0/30')
  await add(agent, web)
  await expect(add(agent, db)).rejects.toMatchObject({code: 101})
  await expect(agent.handle({command: 'STATUS', version: '1.1.0'})).rejects.toMatchObject({code: 50})
  await del(agent, web)
  await add(agent, db)
})

test('GC removes what is not in the list, and only that', async () => {
  const {world, agent} = prepared()
  await add(agent, web)
  await add(agent, db)
  // Until it has announced itself, a Pod's ADD is under way.
  await expect.poll(() => world.announced.length).toBe(2)
  world.ports.set('antrea-gw0', {
    name: 'antrea-gw0',
    uuid: '1',
    type: 'internal',
    ofport: 1,
    externalIds: {},
    options: {},
  })
  await agent.handle({command: 'GC', version: '1.1.0', valid: [db, {...web, ifName: 'net7'}]})
  expect([...world.ports.values()].map(({externalIds}) => externalIds['container-id'])).toEqual(['db', undefined])
  expect(world.links.size).toBe(1)
  await agent.handle({command: 'GC', version: '1.1.0', valid: []})
  expect([...world.ports.keys()]).toEqual(['antrea-gw0'])
})

test('GC spares a container whose ADD is under way', async () => {
  const {world, agent} = prepared()
  const adding = agent.handle(requestOf('ADD', web))
  while (world.ports.size === 0) await setImmediate()
  await agent.handle({command: 'GC', version: '1.1.0', valid: []})
  await adding
  expect([world.links.size, world.ports.size, world.flows.size]).toEqual([1, 1, 1])
})

test('a freed address rests, also when the agent is another one', async () => {
  const {world, agent} = prepared()
  expect(await add(agent, web)).toBe('10.244.1.2/28')
  await del(agent, web)
  expect(await add(startAgent(world), web)).toBe('10.244.1.3/28')
})

test('a new podCIDR: Pods that are there keep their address', async () => {
  const {world, agent} = prepared()
  await add(agent, web)
  world.podCidr = parseCidr('10.244.9.0/28')
  expect(await add(agent, db)).toBe('10.244.9.2/28')
  expect(world.links.size).toBe(2)
})

test('twenty at a time, each its own address', async () => {
  const {world, agent} = prepared('10.244.1.0/26')
  const all = Array.from({length: 20}, (_, at): Attachment => ({containerId: `c${at}`, ifName: 'eth0'}))
  for (const {containerId} of all) world.spaces.set(`/run/netns/${containerId}`, containerId)
  const addresses = await Promise.all(all.map((one) => add(agent, one)))
  expect(new Set(addresses).size).toBe(20)
  await Promise.all(all.flatMap((one) => [del(agent, one), add(agent, one), del(agent, one)]))
  expect(isEmpty(world)).toBe(true)
})

const containers = ['a', 'b', 'c', 'd', 'e', 'f']
const action = fc.record({
  kind: fc.constantFrom('ADD', 'ADD', 'ADD', 'DEL', 'sweep', 'GC', 'away'),
  container: fc.constantFrom(...containers),
  /** Touches of the world until the agent dies; most calls need fewer. */
  fuse: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({min: 1, max: 9})),
})

const forever = {fuse: Number.POSITIVE_INFINITY}
/** The agent dies by the links of gone Pods, which it still takes away, while an ADD is under way. */
const dyingWhileOthersLeave = [
  {kind: 'ADD', container: 'a', fuse: 1},
  {kind: 'away', container: 'c', fuse: 4},
  {kind: 'DEL', container: 'f', ...forever},
  {kind: 'ADD', container: 'a', fuse: 3},
  {kind: 'ADD', container: 'f', ...forever},
]

test('whenever the agent dies, no address is given twice and nothing stays for ever', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, {maxLength: 25}), async (actions) => {
      const world = createWorld('10.244.1.0/29')
      for (const name of containers) world.spaces.set(`/run/netns/${name}`, name)
      let agent = startAgent(world)
      /** What the runtime was told, and has not asked to delete since. */
      const told = new Map<string, string>()
      for (const {kind, container, fuse} of actions) {
        const attachment = {containerId: container, ifName: 'eth0'}
        world.databaseAway = kind === 'away'
        world.fuse = fuse
        if (kind !== 'ADD' && kind !== 'sweep' && kind !== 'GC') told.delete(container)
        const valid = [...told.keys()].map((containerId) => ({containerId, ifName: 'eth0'}))
        const call =
          kind === 'ADD'
            ? add(agent, attachment).then((address) => void told.set(container, address))
            : kind === 'sweep'
              ? agent.sweep()
              : kind === 'GC'
                ? agent.handle({command: 'GC', version: '1.1.0', valid})
                : del(agent, attachment)
        await Promise.race([call.catch(() => undefined), world.life.promise])
        if (world.fuse <= 0) {
          world.databaseAway = false
          agent = startAgent(world)
          // As the runtime does when an ADD gave no answer.
          if (kind === 'ADD') {
            told.delete(container)
            await del(agent, attachment)
          }
          await agent.sweep()
        }
        holds(world, told)
      }
      world.databaseAway = false
      world.fuse = Number.POSITIVE_INFINITY
      for (const name of containers) await del(agent, {containerId: name, ifName: 'eth0'})
      await agent.sweep()
      expect([world.links.size, world.ports.size]).toEqual([0, 0])
    }),
    {numRuns: 200, examples: [[dyingWhileOthersLeave]]},
  )
})

function holds(world: World, told: ReadonlyMap<string, string>): void {
  const given = [...world.ports.values()].map(({externalIds}) => externalIds['ip-address'])
  expect(new Set(given).size).toBe(given.length)
  expect(new Set(told.values()).size).toBe(told.size)
  for (const [container, address] of told) {
    const port = [...world.ports.values()].find(({externalIds}) => externalIds['container-id'] === container)
    expect(`${port?.externalIds['ip-address']}/29`).toBe(address)
    expect(world.links.has(port?.name ?? '')).toBe(true)
  }
}
