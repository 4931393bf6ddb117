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
}

export function describePod({namespace, name}: PodName): string {
  return `${namespace}/${name}`
}
