import type {Ip, Mac} from './address.ts'

export interface PodName {
  readonly namespace: string
  readonly name: string
}

/** A Pod of this Node, wired to br-int by a CNI ADD. */
export interface LocalPod extends PodName {
  readonly containerId: string
  /** The host end of the veth pair, which is br-int's port. */
  readonly interfaceName: string
  readonly ofport: number
  readonly ips: readonly Ip[]
  readonly mac: Mac
  /** Name of the Pod's own end; undefined for ports that upstream's agent made. */
  readonly ifName?: string
  /** Of the network namespace; no other living one has it. */
  readonly netnsId?: string
  /** While the host end is still to be made: what the kernel keeps by device cannot be put yet. */
  readonly hasDevice?: false
}

export function describePod({namespace, name}: PodName): string {
  return `${namespace}/${name}`
}

/** Equal in all that the datapath is made from. */
export function samePod(a: LocalPod, b: LocalPod): boolean {
  if (a === b) return true
  const port = a.interfaceName === b.interfaceName && a.ofport === b.ofport && a.mac === b.mac
  const pod = a.containerId === b.containerId && a.hasDevice === b.hasDevice
  return port && pod && a.ips.join() === b.ips.join()
}
