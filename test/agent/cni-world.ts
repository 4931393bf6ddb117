import {setImmediate, setTimeout as sleep} from 'node:timers/promises'
import {addressAt, gatewayOf, type Ip, macFor, parseCidr} from '../../src/model/address.ts'
import type {NodeWiring} from '../../src/model/node-network.ts'
import type {PodEnd} from '../../src/datapath/machine/pod-link.ts'
import type {SwitchPort} from '../../src/datapath/ovsdb/switch.ts'
import {type Attachment, cniVersions, type AttachmentRequest} from '../../src/agent/cni/request.ts'
import {CniError} from '../../src/agent/cni/error.ts'
import type {Plant, PodHands, PodPorts} from '../../src/agent/cni/plant.ts'
import {externalIdsOf, podOfPort, type WiredPod} from '../../src/agent/cni/pods.ts'
import {type CniService, openCniService} from '../../src/agent/cni/service.ts'

interface FakeLink extends PodEnd {
  readonly netns: string
  readonly ifName: string
}

/** A Node in memory: its kernel, its database and its switch outlive the agents that work on them. */
export interface World {
  readonly links: Map<string, FakeLink>
  readonly ports: Map<string, SwitchPort>
  /** Host ends whose flows are in force. */
  readonly flows: Set<string>
  /** Network namespaces by path; '' is the Node's own. */
  readonly spaces: Map<string, string>
  /** Addresses that Pods told their neighbours. */
  readonly announced: Ip[]
  readonly warnings: string[]
  /** Of ovs-vswitchd: called for each new port. */
  openDevice: () => Promise<void>
  /** Flows are in force when it resolves. */
  inForce: Promise<void>
  /** Milliseconds that flows take to be in force. */
  settling: number
  /** The switch is about to put flows in force when it resolves. */
  nextFlows: Promise<void> | undefined
  last: Ip | undefined
  trouble: Plant['trouble']
  databaseAway: boolean
  podCidr: ReturnType<typeof parseCidr>
  /** Called whenever the agent asks what Pods may send. */
  podMtu: () => number
  /** Every touch of the world counts one down; at zero the agent is dead and no touch of its ever ends. */
  fuse: number
  /** The agent that lives now, and how one hears of its death. */
  life: PromiseWithResolvers<void>
  /** The step that answers with an error instead, by its name. */
  failing: string | undefined
}

export function createWorld(podCidr = '10.244.1.0/28'): World {
  return {
    links: new Map(),
    ports: new Map(),
    flows: new Set(),
    spaces: new Map([['/run/netns/node', '']]),
    announced: [],
    warnings: [],
    openDevice: async () => {},
    inForce: Promise.resolve(),
    settling: 0,
    nextFlows: undefined,
    last: undefined,
    trouble: undefined,
    databaseAway: false,
    podCidr: parseCidr(podCidr),
    podMtu: () => 1450,
    fuse: Number.POSITIVE_INFINITY,
    life: Promise.withResolvers(),
    failing: undefined,
  }
}

/** Milliseconds after which a switch counts as slow. */
export const slow = 40

/** An agent that just started on this Node. */
export function startAgent(world: World): CniService {
  world.fuse = Number.POSITIVE_INFINITY
  world.life = Promise.withResolvers()
  const touch = touchOf(world)
  return openCniService({plant: () => plantOf(world, touch), hands: handsOf(world, touch), patience: 0})
}

export function requestOf(command: AttachmentRequest['command'], {containerId, ifName}: Attachment): AttachmentRequest {
  return {
    command,
    version: cniVersions[4],
    containerId,
    ifName,
    netns: `/run/netns/${containerId}`,
    pod: {namespace: 'default', name: `pod-${containerId}`},
    prevResult: undefined,
  }
}

type Touch = (step: string) => Promise<void>

/** Of the agent that starts now. What an earlier one still had under way does not live on in the next one's time. */
function touchOf(world: World): Touch {
  const {life} = world
  return async (step) => {
    await setImmediate()
    if (world.life === life) world.fuse -= 1
    if (world.fuse <= 0) life.resolve()
    if (world.fuse <= 0 || world.life !== life) await new Promise(() => {})
    if (world.failing === step) throw new Error(`${step} failed`)
  }
}

function plantOf(world: World, touch: Touch): Plant {
  const podsNow = (): readonly WiredPod[] => [...world.ports.values()].flatMap((port) => podOfPort(port) ?? [])
  return {
    ports: world.databaseAway ? undefined : portsOf(world, touch),
    trouble: world.trouble,
    wiring: wiringOf(world),
    podMtu: () => world.podMtu(),
    settle: async ({coming, leaving}) => {
      await touch('settle')
      if (world.settling > 0) await sleep(world.settling)
      await world.inForce
      const wanted = podsNow().filter(({interfaceName}) => !leaving.has(interfaceName))
      world.flows.clear()
      for (const {interfaceName} of [...wanted, ...coming.values()]) world.flows.add(interfaceName)
    },
    nextFlows: () => world.nextFlows,
    warn: (_, sentence) => void world.warnings.push(sentence),
    missingFlows: async ({interfaceName}) => (world.flows.has(interfaceName) ? 0 : 8),
  }
}

function portsOf(world: World, touch: Touch): PodPorts {
  return {
    all: () => [...world.ports.values()],
    lastGiven: () => world.last,
    attach: (pod, wanted = world.ports.size + 100) => {
      const port = {name: pod.interfaceName, uuid: pod.interfaceName, type: '', ofport: wanted}
      const made = {...port, externalIds: externalIdsOf(pod), options: {}}
      const commit = async () => {
        await touch('attach')
        world.ports.set(port.name, made)
        world.last = pod.ips[0]
      }
      const committed = commit()
      const open = async () => {
        await committed
        try {
          await world.openDevice()
          await touch('ofport')
        } catch (error) {
          world.ports.set(port.name, {...made, ofport: -1})
          throw error
        }
        return made
      }
      const opened = open()
      for (const promise of [committed, opened]) promise.catch(() => undefined)
      return {committed, opened}
    },
    tryAgain: async () => {
      await touch('tryAgain')
      for (const port of world.ports.values()) world.ports.set(port.name, {...port, ofport: 100})
    },
    detach: async (names) => {
      await touch('detach')
      for (const name of names) world.ports.delete(name)
    },
  }
}

function handsOf(world: World, touch: Touch): PodHands {
  return {
    openNetns: (path) => {
      const inode = world.spaces.get(path)
      if (inode === undefined || inode === '') throw new CniError(4, `CNI_NETNS ${path} is not a Pod's`)
      return {path, id: inode, [Symbol.dispose]: () => {}}
    },
    createPodLink: async ({hostName, netns, ifName, mac, mtu, routeMtu, ip, prefix}, onDevice) => {
      await touch('createPodLink')
      const isTaken = [...world.links.values()].some((link) => link.netns === netns && link.ifName === ifName)
      if (isTaken || world.links.has(hostName)) throw new Error('file exists (EEXIST)')
      const addresses = [{ip, prefix}]
      const routes = [{to: '0.0.0.0/0', dev: ifName, mtu: routeMtu}]
      world.links.set(hostName, {netns, ifName, mac, mtu, up: true, addresses, routes, peer: hostName})
      onDevice()
      await touch('linkMade')
    },
    putPodRoute: async ({hostName, ifName, routeMtu}) => {
      await touch('putPodRoute')
      const link = world.links.get(hostName)
      if (link !== undefined)
        world.links.set(hostName, {...link, routes: [{to: '0.0.0.0/0', dev: ifName, mtu: routeMtu}]})
    },
    removePodLink: async (hostName) => {
      // As in the kernel: out of sight at once, and then it takes a while.
      world.links.delete(hostName)
      await touch('removePodLink')
    },
    announcePod: async ({netns, ifName}, {ips}) => {
      await touch('announcePod')
      const [link] = [...world.links.values()].filter((one) => one.netns === netns && one.ifName === ifName)
      if (link !== undefined) world.announced.push(...ips)
    },
    observePodLinks: async () => [...world.links.keys()],
    observeLinks: async () => [...world.links.keys()].map((name) => ({name, up: true})),
    observePodEnd: async (netns, ifName) =>
      [...world.links.values()].find((link) => link.netns === netns && link.ifName === ifName),
  }
}

function wiringOf({podCidr}: World): NodeWiring {
  return {
    node: 'n1',
    podCidr,
    gateway: {ip: gatewayOf(podCidr), mac: macFor(gatewayOf(podCidr))},
    datapath: 'netdev',
    transportInterface: 'eth1',
    transportDevice: 'br-phy',
    transport: [{ip: addressAt(parseCidr('172.30.1.0/24'), 11), prefix: 24}],
    transportMtu: 1500,
    tunnels: [{name: 'antrea-tun0', ofport: 32768, type: 'geneve', port: 6081, csum: false}],
  }
}
