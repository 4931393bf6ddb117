import {isIpText, parseIp} from '../../model/address.ts'
import type {LivePacket, LiveSent} from '../../model/capture/live.ts'
import {AntctlError} from '../../model/errors.ts'
import {describePod, type LocalPod} from '../../model/pod.ts'
import {sendLivePacket} from '../../datapath/machine/live-packet.ts'
import {placesById} from '../../datapath/machine/pod-places.ts'
import {askRoute} from '../../datapath/machine/route-answer.ts'

/** The answer to GET /capture/v1/send. Throws POD_UNKNOWN, NOT_AVAILABLE, MACHINE. */
export function sendLive(packet: LivePacket, pods: readonly LocalPod[]): LiveSent {
  const {pod: wanted, destination} = packet
  if (wanted === undefined) {
    const {source} = askRoute({to: destination})
    if (source === undefined || !isIpText(source))
      throw new AntctlError('MACHINE', `the Node itself has no route to ${destination}`)
    return {source, destination, bytes: sendLivePacket(packet, parseIp(source), undefined)}
  }
  const pod = pods.find(({namespace, name}) => namespace === wanted.namespace && name === wanted.name)
  const [source] = pod?.ips ?? []
  if (pod === undefined || source === undefined)
    throw new AntctlError('POD_UNKNOWN', `${describePod(wanted)} is no Pod of this Node`)
  const place = pod.netnsId === undefined ? undefined : placesById().get(pod.netnsId)
  if (place === undefined)
    throw new AntctlError(
      'NOT_AVAILABLE',
      `the network namespace of ${describePod(wanted)} is not known to the agent`,
      {
        remedy: ["it was wired by upstream's agent: start the Pod anew"],
      },
    )
  return {source, destination, bytes: sendLivePacket(packet, source, place)}
}
