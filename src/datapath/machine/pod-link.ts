import {createHash} from 'node:crypto'
import {writeFileSync} from 'node:fs'
import type {InterfaceAddress, Ip, Mac} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import type {PodName} from '../../model/pod.ts'
import {routeProtocol} from '../host/routes.ts'
import {leaveNoChecksumOpen} from './checksum-offload.ts'
import {
  addAddress,
  dumpAddresses,
  dumpLinks,
  findLink,
  linkOf,
  removeLink,
  requireIndex,
  setLink,
  setLinkUp,
} from './links.ts'
import {kernel} from './netlink/kernel.ts'
import {flags} from './netlink/message.ts'
import {type Netlink, openNetlink} from './netlink/requests.ts'
import * as rtnetlink from './netlink/rtnetlink.ts'
import {inNetns, type Netns, openNetns} from './netns.ts'
import {ownChange} from './own-changes.ts'
import {dumpRoutes, replaceRoute} from './routes.ts'

/** The veth pair of one Pod: its own end sits in the network namespace at `netns` as `ifName`. */
export interface PodLink {
  readonly netns: string
  readonly ifName: string
  readonly hostName: string
  readonly ip: Ip
  readonly prefix: number
  readonly mac: Mac
  readonly gateway: Ip
  /** Of both devices: what the Pod takes in. */
  readonly mtu: number
  /** Of its route: what it may send. */
  readonly routeMtu: number
  /** The userspace datapath passes no TCP while the Pod leaves checksums to a device that is none. */
  readonly checksumOffload: boolean
  /** What people read at the host end; that of a Pod when absent. */
  readonly alias?: string
}

/** What a Pod's own end is like. */
export interface PodEnd {
  readonly mac: Mac | undefined
  readonly mtu: number
  readonly up: boolean
  readonly addresses: readonly InterfaceAddress[]
  /** Of the Pod's main table. */
  readonly routes: readonly KernelRoute[]
  /** Name of the other end, when that is on this Node. */
  readonly peer: string | undefined
}

/** Marks the host ends of ours for people and for the uninstall, which has no other memory of them. */
const podAlias = 'antrea-pod'

const longestPrefix = 8
const hashLength = 6

/** The host end's name: the Pod's name cut to 8, a dash and 6 digits of a hash; 15 characters are the kernel's limit. */
export function hostInterfaceName(pod: PodName, containerId: string): string {
  const hash = createHash('sha1')
    .update(`${pod.namespace}/${pod.name}/${containerId}`)
    .digest('hex')
    .slice(0, hashLength)
  return `${pod.name.replaceAll(/[^a-z0-9-]/giu, '-').slice(0, longestPrefix)}-${hash}`
}

/**
 * All of it or nothing; `onDevice` is called as soon as the host end is there and up. Throws MACHINE, also for a path that
 * is no network namespace of a Pod's.
 */
export async function createPodLink(link: PodLink, onDevice?: () => void): Promise<void> {
  using netns = openNetns(link.netns)
  using pod = inNetns(netns, () => openNetlink('route'))
  ownChange(() => addPair(link, netns))
  try {
    ownChange(() => raiseHost(link))
    onDevice?.()
    ownChange(() => furnish(link, netns, pod))
  } catch (error) {
    await removePodLink(link.hostName)
    throw error
  }
}

/** As many as a veth uses. Not told, the kernel makes one a processor, and waits for all of them to take the others away. */
const oneQueue = {sendQueues: 1, receiveQueues: 1} as const

function addPair({netns: path, ifName, hostName, mtu, mac}: PodLink, {fd}: Netns): void {
  const peer = {name: ifName, mtu, address: mac, netnsFd: fd, ...oneQueue}
  kernel('route').perform([
    {
      type: rtnetlink.types.newLink,
      flags: flags.create | flags.exclusive,
      body: rtnetlink.newVeth.encode({name: hostName, mtu, ...oneQueue, info: {kind: 'veth', veth: {peer}}}),
      what: `link ${hostName} to ${ifName} of ${path}`,
    },
  ])
}

/**
 * Before Open vSwitch hears of it: it makes a device promiscuous by writing the flags that it has just read, and so takes
 * down again who comes up meanwhile.
 */
function raiseHost({hostName, alias = podAlias}: PodLink): void {
  leaveNoIpv6(hostName)
  const mark = setLink({name: hostName, alias: Buffer.from(alias), ...up}, `link ${hostName} up`)
  kernel('route').perform([mark])
}

function furnish(link: PodLink, netns: Netns, pod: Netlink): void {
  const {netns: path, ifName, ip, prefix, checksumOffload} = link
  if (!checksumOffload) inNetns(netns, () => leaveNoChecksumOpen(ifName))
  const index = requireIndex(pod, ifName)
  pod.perform([
    addAddress(index, {ip, prefix}, `address ${ip}/${prefix} on ${ifName} of ${path}`),
    setLinkUp('lo'),
    setLinkUp(ifName),
    replaceRoute(wayOut(link), index),
  ])
}

/** Marked as ours: one that a Pod put itself keeps the size that the Pod gave it. */
function wayOut({ifName, gateway, routeMtu}: PodLink): KernelRoute {
  return {to: '0.0.0.0/0', via: gateway, dev: ifName, protocol: routeProtocol, mtu: routeMtu}
}

/** Lets a Pod of createPodLink send as much as the link says now. */
export async function putPodRoute(link: PodLink): Promise<void> {
  using netns = openNetns(link.netns)
  using pod = inNetns(netns, () => openNetlink('route'))
  pod.perform([replaceRoute(wayOut(link), requireIndex(pod, link.ifName))])
}

/**
 * The Node itself has nothing to say by this end. With IPv6 each would add three routes to its table, and Open vSwitch
 * reads that whole table whenever a link comes or goes: with 200 Pods an ADD then waits for it the longest.
 */
function leaveNoIpv6(hostName: string): void {
  try {
    writeFileSync(`/proc/sys/net/ipv6/conf/${hostName}/disable_ipv6`, '1')
  } catch (error) {
    // A kernel without IPv6 has no such file.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}

const up = {flags: rtnetlink.linkUp, change: rtnetlink.linkUp} as const

/** What the Pod has as `ifName`; undefined when it has no such interface. Throws MACHINE as createPodLink does. */
export async function observePodEnd(path: string, ifName: string): Promise<PodEnd | undefined> {
  using netns = openNetns(path)
  using pod = inNetns(netns, () => openNetlink('route'))
  const row = findLink(pod, ifName)
  if (row === undefined) return undefined
  const addresses = dumpAddresses(pod).filter(({index}) => index === row.index)
  const {mac, mtu, up} = linkOf(row, [])
  const peer = dumpLinks(kernel('route')).find(
    ({index, info, peerIndex}) => info?.kind === 'veth' && index === row.peerIndex && peerIndex === row.index,
  )
  return {
    mac,
    mtu,
    up,
    addresses: addresses.map(({ip, prefix}) => ({ip, prefix})),
    routes: dumpRoutes(pod),
    peer: peer?.name,
  }
}

/** The host ends that createPodLink made, whether or not anything else still knows them. */
export async function observePodLinks(): Promise<readonly string[]> {
  return dumpLinks(kernel('route')).flatMap(({name, alias, info}) =>
    name !== undefined && info?.kind === 'veth' && alias?.toString().replace(/\0$/u, '') === podAlias ? [name] : [],
  )
}

/** Both ends go together; one that is gone already is no error. */
export async function removePodLink(hostName: string): Promise<void> {
  await removeLink(hostName)
}
