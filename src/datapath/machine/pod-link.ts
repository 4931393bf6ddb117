import {createHash} from 'node:crypto'
import * as v from 'valibot'
import type {Ip, Mac} from '../../model/address.ts'
import type {PodName} from '../../model/pod.ts'
import {sentenceOf} from '../../model/errors.ts'
import {runIpBatch, runProgram} from './program.ts'

/** The veth pair of one Pod: its own end sits in the network namespace at `netns` as `ifName`. */
export interface PodLink {
  readonly netns: string
  readonly ifName: string
  readonly hostName: string
  readonly ip: Ip
  readonly prefix: number
  readonly mac: Mac
  readonly gateway: Ip
  readonly mtu: number
  /** The userspace datapath passes no TCP while the Pod leaves checksums to a device that is none. */
  readonly checksumOffload: boolean
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

export async function createPodLink(link: PodLink): Promise<void> {
  const {netns, ifName, hostName, ip, prefix, mac, gateway, mtu} = link
  const host = `/proc/${process.pid}/ns/net`
  await runIpBatch(
    [
      `link add ${ifName} address ${mac} mtu ${mtu} type veth peer name ${hostName} mtu ${mtu} netns ${host}`,
      `address add ${ip}/${prefix} dev ${ifName}`,
      'link set lo up',
      `link set ${ifName} up`,
      `route add default via ${gateway} dev ${ifName}`,
    ],
    {netns},
  )
  await Promise.all([
    runIpBatch([`link set ${hostName} up alias ${podAlias}`]),
    ...(link.checksumOffload ? [] : [runProgram('nsenter', [`--net=${netns}`, 'ethtool', '-K', ifName, 'tx', 'off'])]),
  ])
}

/** The host ends that createPodLink made, whether or not anything else still knows them. */
export async function observePodLinks(): Promise<readonly string[]> {
  const rows = v.parse(v.array(rowSchema), JSON.parse(await runProgram('ip', ['-j', 'link', 'show', 'type', 'veth'])))
  return rows.flatMap(({ifname, ifalias}) => (ifname !== undefined && ifalias === podAlias ? [ifname] : []))
}

const rowSchema = v.object({ifname: v.optional(v.string()), ifalias: v.optional(v.string())})

/** Both ends go together; one that is gone already is no error. */
export async function removePodLink(hostName: string): Promise<void> {
  try {
    await runProgram('ip', ['link', 'del', hostName])
  } catch (error) {
    if (!/Cannot find device/u.test(sentenceOf(error))) throw error
  }
}
