import {setTimeout as sleep} from 'node:timers/promises'
import type {Bench} from './add.ts'
import {hostNameOf} from './add.ts'
import {isAttachment, podsAmong} from './pods.ts'
import type {AttachmentRequest} from './request.ts'

/** For flows to go, in milliseconds; they take less than one. */
const longest = 2_000

/**
 * Idempotent. Needs neither the namespace nor the link, nor the API server, nor ovs-vswitchd. While ovsdb-server is away
 * the link goes at once and the answer is success, as the specification asks of a DEL that finds something missing: the
 * address stays taken until the database is back, and its port is then swept for having no device. The kernel takes a
 * link out of sight at once and then needs 20 ms to forget it, for which only the container's next request has to wait.
 */
export async function delPod(request: AttachmentRequest, bench: Bench): Promise<{linksGone: Promise<unknown>}> {
  const {plant, hands} = bench
  const wired = podsAmong(plant.ports?.all() ?? []).filter((pod) => isAttachment(pod, request))
  const devices = wired.map(({interfaceName}) => interfaceName)
  if (wired.length > 0) await unplug(devices, bench)
  const links = [...new Set([...devices, hostNameOf(request)])]
  return {linksGone: Promise.all(links.map((link) => hands.removePodLink(link)))}
}

/** Flows first: ovs-vswitchd is busy with the ports for a while. */
export async function unplug(devices: readonly string[], {plant, desk}: Omit<Bench, 'hands'>): Promise<void> {
  for (const device of devices) desk.leaving.add(device)
  try {
    // Where ovs-vswitchd is dead or hangs, no flow is put again once the port is out of the database.
    const late = new AbortController()
    const settled = plant.settle(desk).catch(() => undefined)
    await Promise.race([settled, sleep(longest, undefined, late).catch(() => undefined)])
    late.abort()
    await plant.ports?.detach(devices)
  } finally {
    for (const device of devices) desk.leaving.delete(device)
  }
}
