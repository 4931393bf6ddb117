import {type Ip, isIpText, parseIp, parseMac} from '../../model/address.ts'
import type {LocalPod} from '../../model/pod.ts'
import {names} from '../../model/names.ts'
import type {Ovsdb} from '../../datapath/ovsdb/connection.ts'
import {portsOf, type SwitchPort} from '../../datapath/ovsdb/switch.ts'
import type {Attachment} from './request.ts'

/** A Pod's interface as OVSDB remembers it. */
export type WiredPod = LocalPod

/** external_ids of a Pod's port, upstream's names (pkg/agent/interfacestore): OVSDB is the one memory of what is wired. */
export function externalIdsOf(pod: Omit<WiredPod, 'ofport'>): Readonly<Record<string, string>> {
  return {
    'antrea-type': 'container',
    'attached-mac': pod.mac,
    'container-id': pod.containerId,
    'ip-address': pod.ips.join(','),
    'pod-name': pod.name,
    'pod-namespace': pod.namespace,
    ...(pod.ifName !== undefined && {'if-dev': pod.ifName}),
    ...(pod.netnsId !== undefined && {'antctl-netns': pod.netnsId}),
  }
}

/** By the external_ids object, which the copy of the database keeps for as long as they do not change. */
const known = new WeakMap<SwitchPort['externalIds'], WiredPod>()

/** The Pod of a port, the same object while nothing of it changes; undefined for a port that is no Pod's or unreadable. */
export function podOfPort(port: SwitchPort): WiredPod | undefined {
  const before = known.get(port.externalIds)
  if (before !== undefined && before.ofport === port.ofport && before.interfaceName === port.name) return before
  const pod = readPod(port)
  if (pod !== undefined) known.set(port.externalIds, pod)
  return pod
}

function readPod({name, ofport, externalIds}: SwitchPort): WiredPod | undefined {
  const pod = externalIds['pod-name']
  const namespace = externalIds['pod-namespace']
  const containerId = externalIds['container-id']
  const mac = externalIds['attached-mac']
  const ips = addressesOf(externalIds)
  if (pod === undefined || namespace === undefined || containerId === undefined || mac === undefined) return undefined
  if (ips.length === 0 || !/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/iu.test(mac)) return undefined
  const [ifName, netnsId] = [externalIds['if-dev'], externalIds['antctl-netns']]
  return {
    namespace,
    name: pod,
    containerId,
    interfaceName: name,
    ofport,
    ips,
    mac: parseMac(mac),
    ...(ifName !== undefined && {ifName}),
    ...(netnsId !== undefined && {netnsId}),
  }
}

/** The addresses that a port holds, also where the rest of it cannot be read: they are taken. */
export function addressesOf(externalIds: SwitchPort['externalIds']): readonly Ip[] {
  return (externalIds['ip-address'] ?? '').split(',').filter(isIpText).map(parseIp)
}

/** Every Pod that has a port, broken ones included: they hold their address until their DEL. */
export function podsOf(ovsdb: Ovsdb): readonly WiredPod[] {
  return podsAmong(portsOf(ovsdb, names.integrationBridge))
}

const podsByPorts = new WeakMap<readonly SwitchPort[], readonly WiredPod[]>()

/** The same array for the same ports. */
export function podsAmong(ports: readonly SwitchPort[]): readonly WiredPod[] {
  const known = podsByPorts.get(ports)
  if (known !== undefined) return known
  const pods = ports.flatMap((port) => podOfPort(port) ?? [])
  podsByPorts.set(ports, pods)
  return pods
}

/** A port of upstream's agent does not say which interface of the container it is: then it is the only one. */
export function isAttachment(pod: WiredPod, {containerId, ifName}: Attachment): boolean {
  return pod.containerId === containerId && (pod.ifName === undefined || pod.ifName === ifName)
}
