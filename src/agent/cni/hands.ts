import * as v from 'valibot'
import {observeLinks} from '../../datapath/machine/links.ts'
import {createPodLink, observePodLinks, removePodLink} from '../../datapath/machine/pod-link.ts'
import {runProgram} from '../../datapath/machine/program.ts'
import {openPodNetns} from './netns.ts'
import type {PodEnd, PodHands} from './plant.ts'

/** This Node's kernel. */
export const podHands: PodHands = {
  openNetns: openPodNetns,
  createPodLink,
  removePodLink,
  observePodLinks,
  observeLinks,
  observePodEnd,
}

const linkRows = v.array(
  v.object({
    ifname: v.optional(v.string()),
    address: v.optional(v.string(), ''),
    mtu: v.optional(v.number(), 0),
    flags: v.optional(v.array(v.string()), []),
    addr_info: v.optional(v.array(v.object({local: v.string(), prefixlen: v.number()})), []),
  }),
)
const routeRows = v.array(v.object({dst: v.optional(v.string(), ''), dev: v.optional(v.string())}))

async function observePodEnd(netns: string, ifName: string): Promise<PodEnd | undefined> {
  const ask = async (...args: readonly string[]): Promise<unknown> =>
    JSON.parse(await runProgram('nsenter', [`--net=${netns}`, 'ip', '-j', ...args]))
  const link = v.parse(linkRows, await ask('address', 'show')).find(({ifname}) => ifname === ifName)
  if (link === undefined) return undefined
  const routes = v.parse(routeRows, await ask('-4', 'route', 'show')).filter(({dev}) => dev === ifName)
  return {
    mac: link.address,
    mtu: link.mtu,
    up: link.flags.includes('UP'),
    addresses: link.addr_info.map(({local, prefixlen}) => `${local}/${prefixlen}`),
    routes: routes.map(({dst}) => (dst === 'default' ? '0.0.0.0/0' : dst)),
  }
}
