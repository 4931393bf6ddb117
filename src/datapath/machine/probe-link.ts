import type {Cidr, Ip} from '../../model/address.ts'
import {addAddress, requireIndex} from './links.ts'
import {openNetlink} from './netlink/requests.ts'
import {createNetns, inNetns, type Netns} from './netns.ts'
import {ownChange} from './own-changes.ts'
import {createPodLink, type PodLink, removePodLink} from './pod-link.ts'
import {prefixOf} from '../../model/address.ts'

/** The host end, which is br-int's port. */
export const probeInterface = 'antrea-probe'

export interface ProbeLink extends AsyncDisposable {
  readonly netns: Netns
}

export interface ProbeLinkSettings extends Pick<PodLink, 'mac' | 'gateway' | 'mtu' | 'routeMtu' | 'checksumOffload'> {
  readonly podCidr: Cidr
  readonly ips: readonly [Ip, ...Ip[]]
}

/** A network namespace wired like a Pod's, with several addresses; it ends with the process at the latest. */
export async function createProbeLink({podCidr, ips, ...settings}: ProbeLinkSettings): Promise<ProbeLink> {
  await using undo = new AsyncDisposableStack()
  const netns = undo.use(createNetns())
  const [ip, ...more] = ips
  const prefix = prefixOf(podCidr)
  // Of a process that was killed a moment ago.
  await removePodLink(probeInterface)
  undo.defer(() => removePodLink(probeInterface))
  await createPodLink({
    ...settings,
    netns: netns.path,
    ifName: 'eth0',
    hostName: probeInterface,
    ip,
    prefix,
    alias: probeInterface,
  })
  {
    using inside = inNetns(netns, () => openNetlink('route'))
    const index = requireIndex(inside, 'eth0')
    ownChange(() =>
      inside.perform(more.map((address) => addAddress(index, {ip: address, prefix}, `address ${address}`))),
    )
  }
  const done = undo.move()
  return {netns, [Symbol.asyncDispose]: () => done.disposeAsync()}
}
