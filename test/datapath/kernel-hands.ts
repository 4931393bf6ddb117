/** The machine room's functions by name, for tests: a line {call, args} in, a line {done} or {failed} out. */
import {readdirSync} from 'node:fs'
import {execaSync} from 'execa'
import {createInterface} from 'node:readline'
import {announceAddress} from '../../src/datapath/machine/announce.ts'
import {watchKernel} from '../../src/datapath/machine/kernel-events.ts'
import * as links from '../../src/datapath/machine/links.ts'
import {kernel} from '../../src/datapath/machine/netlink/kernel.ts'
import {linkUp} from '../../src/datapath/machine/netlink/rtnetlink.ts'
import {removeLeftovers} from '../../src/datapath/machine/leftovers/remove.ts'
import {observeNeighbours, warmNeighbours} from '../../src/datapath/machine/neighbours.ts'
import {nft, observeNft, removeNftTables} from '../../src/datapath/machine/nft.ts'
import * as podLink from '../../src/datapath/machine/pod-link.ts'
import * as podSizes from '../../src/datapath/machine/pod-sizes.ts'
import {createProbeLink, type ProbeLink} from '../../src/datapath/machine/probe-link.ts'
import {divertProbes, forgetProbeRoutes} from '../../src/datapath/machine/probe-routes.ts'
import {askRoute} from '../../src/datapath/machine/route-answer.ts'
import * as routeRules from '../../src/datapath/machine/route-rules.ts'
import * as routes from '../../src/datapath/machine/routes.ts'
import {putSysctls} from '../../src/datapath/machine/sysctls.ts'
import {moveAddresses} from '../../src/datapath/machine/transport.ts'
import {sentenceOf} from '../../src/model/errors.ts'
import {createSet} from './kernel-sets.ts'

let told: string[] = []
let watch: Disposable | undefined
let probe: ProbeLink | undefined
let diverted: Disposable | undefined

const calls: Readonly<Record<string, Function>> = {
  ...links,
  ...podLink,
  ...podSizes,
  ...routes,
  ...routeRules,
  askRoute,
  /** The host end as it is when Open vSwitch may open it. */
  deviceOf: async (link: podLink.PodLink) => {
    const seen: unknown[] = []
    await podLink.createPodLink(link, () => seen.push(links.findLink(kernel('route'), link.hostName)?.flags))
    return seen.map((flags) => (Number(flags) & linkUp) !== 0)
  },
  announceAddress,
  removeLeftovers,
  createSet,
  ...nft,
  observeNft,
  removeNftTables,
  moveAddresses,
  putSysctls,
  observeNeighbours: () => Object.fromEntries(observeNeighbours()),
  warmNeighbours: async (...args: Parameters<typeof warmNeighbours>) =>
    Object.fromEntries(await warmNeighbours(...args)),
  /** Answers the namespace's path. */
  openProbe: async (...args: Parameters<typeof createProbeLink>) => {
    probe = await createProbeLink(...args)
    return `/proc/${process.pid}/fd/${probe.netns.fd}`
  },
  closeProbe: () => probe?.[Symbol.asyncDispose](),
  divertProbes: (...args: Parameters<typeof divertProbes>) => {
    diverted = divertProbes(...args)
  },
  restoreProbes: () => diverted?.[Symbol.dispose](),
  forgetProbeRoutes,
  watch: () => {
    watch = watchKernel((part) => told.push(part))
  },
  unwatch: () => watch?.[Symbol.dispose](),
  told: () => {
    const before = told
    told = []
    return before
  },
  /** Hears nothing while the program runs. */
  runDeaf: (program: string, args: readonly string[]) => void execaSync(program, args),
  descriptors: () => readdirSync('/proc/self/fd').length,
}

for await (const line of createInterface({input: process.stdin})) {
  const {call, args}: {readonly call: string; readonly args: readonly unknown[]} = JSON.parse(line)
  try {
    const done: unknown = await Reflect.apply(calls[call] ?? unknown(call), undefined, args)
    process.stdout.write(`${JSON.stringify({done})}\n`)
  } catch (error) {
    process.stdout.write(`${JSON.stringify({failed: sentenceOf(error)})}\n`)
  }
}

function unknown(call: string): never {
  throw new Error(`no function ${call}`)
}
