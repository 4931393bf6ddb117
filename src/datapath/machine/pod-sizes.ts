import {setImmediate} from 'node:timers/promises'
import type {Ip} from '../../model/address.ts'
import type {LocalPod} from '../../model/pod.ts'
import type {PodEnds, PodResize} from '../host/pod-sizes.ts'
import {dumpLinks, findLink, type LinkRow, requireIndex, setLink} from './links.ts'
import {kernel} from './netlink/kernel.ts'
import type {Netlink} from './netlink/requests.ts'
import {ownChange} from './own-changes.ts'
import {placesById, placesByMac, within} from './pod-places.ts'
import {dumpRoutes, replaceRoute} from './routes.ts'

/** The veth pairs of these Pods; one whose namespace is not found, or not there any more, is left out. */
export async function observePodEnds(pods: readonly LocalPod[], gateway: Ip): Promise<readonly PodEnds[]> {
  const places = placesById()
  const hosts = new Map(dumpLinks(kernel('route')).map((row) => [row.name ?? '', row]))
  const byMac = pods.some(({netnsId}) => netnsId === undefined) ? await placesByMac([...places.values()]) : undefined
  const found: PodEnds[] = []
  for (const pod of pods) {
    const host = hosts.get(pod.interfaceName)
    const known = pod.netnsId === undefined ? byMac?.get(pod.mac) : [places.get(pod.netnsId)]
    const candidates = (known ?? []).filter((path) => path !== undefined)
    const ends = host && firstOf(candidates, (path) => endsOf(path, {pod, host, gateway}))
    if (ends !== undefined) found.push(ends)
    await setImmediate()
  }
  return found
}

export async function limitPods(pods: readonly PodResize[]): Promise<void> {
  await eachPod(pods, (pod, inside) => {
    putRoutes(pod, inside)
    putDevices(pod, inside)
  })
}

export async function freePods(pods: readonly PodResize[]): Promise<void> {
  await eachPod(pods, (pod, inside) => {
    putDevices(pod, inside)
    putRoutes(pod, inside)
  })
}

/** Throws the first refusal when all were tried; a Pod that left meanwhile took its link along. */
async function eachPod(pods: readonly PodResize[], act: (pod: PodResize, inside: Netlink) => void): Promise<void> {
  const refusals: unknown[] = []
  for (const pod of pods) {
    try {
      ownChange(() => within(pod.netns, (inside) => act(pod, inside)))
    } catch (error) {
      if (findLink(kernel('route'), pod.interfaceName) !== undefined) refusals.push(error)
    }
    await setImmediate()
  }
  if (refusals.length > 0) throw refusals[0]
}

function putRoutes({ifName, routes}: PodResize, inside: Netlink): void {
  if (routes.length === 0) return
  const index = requireIndex(inside, ifName)
  inside.perform(routes.map((route) => replaceRoute(route, index)))
}

/** The Node's end first: what leaves by the Pod's end must be taken by it. */
function putDevices({interfaceName, ifName, takes}: PodResize, inside: Netlink): void {
  if (takes === undefined) return
  kernel('route').perform([setLink({name: interfaceName, mtu: takes}, `link ${interfaceName} mtu ${takes}`)])
  inside.perform([setLink({name: ifName, mtu: takes}, `link ${ifName} of ${interfaceName} mtu ${takes}`)])
}

interface Sought {
  readonly pod: LocalPod
  readonly host: LinkRow
  readonly gateway: Ip
}

/** undefined: the Pod's other end is not in this namespace. */
function endsOf(path: string, {pod, host, gateway}: Sought): PodEnds | undefined {
  try {
    return within(path, (inside) => {
      const end = dumpLinks(inside).find(({index, peerIndex, address}) => {
        return index === host.peerIndex && peerIndex === host.index && address === pod.mac
      })
      if (end?.name === undefined) return undefined
      const {name: ifName} = end
      return {
        interfaceName: pod.interfaceName,
        netns: path,
        ifName,
        takes: Math.min(end.mtu ?? 0, host.mtu ?? 0),
        routes: dumpRoutes(inside).filter(({dev, via}) => dev === ifName && via === gateway),
      }
    })
  } catch {
    // It went meanwhile.
    return undefined
  }
}

function firstOf<A, B>(values: readonly A[], look: (value: A) => B | undefined): B | undefined {
  for (const value of values) {
    const found = look(value)
    if (found !== undefined) return found
  }
  return undefined
}
