import {gatewayOf, macFor, prefixOf, type Ip} from '../../model/address.ts'
import {names} from '../../model/names.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import type {LocalPod} from '../../model/pod.ts'
import {createPodLink, hostInterfaceName, removePodLink} from '../../datapath/machine/pod-link.ts'
import type {Ovsdb} from '../../datapath/ovsdb/connection.ts'
import {ensurePort, portsOf, removePort} from '../../datapath/ovsdb/switch.ts'
import {nextAddress} from './addresses.ts'
import {CniError} from './error.ts'
import {externalIdsOf, podOfPort} from './pods.ts'
import type {CniRequest} from './request.ts'
import {describeResult} from './result.ts'

/** What wiring a Pod needs of the rest of the agent. */
export interface Plant {
  readonly ovsdb: Ovsdb
  readonly wiring: NodeWiring
  /** Makes flows and rules follow the ports that OVSDB has; resolves when they are in force. */
  readonly settle: () => Promise<void>
}

/** Addresses given out whose port is not in OVSDB yet, and the one given last. */
export interface Leases {
  readonly pending: Set<Ip>
  last: Ip | undefined
}

export async function addPod(request: CniRequest, {ovsdb, wiring, settle}: Plant, leases: Leases): Promise<unknown> {
  await delPod(request, {ovsdb, wiring, settle})
  const {podCidr, gateway, podMtu, datapath} = wiring
  await using undo = new AsyncDisposableStack()

  const ip = nextAddress(podCidr, takenAddresses(ovsdb, leases), leases.last)
  leases.pending.add(ip)
  leases.last = ip
  using _lease = {[Symbol.dispose]: () => leases.pending.delete(ip)}

  const hostName = hostInterfaceName(request.pod, request.containerId)
  const mac = macFor(ip)
  const prefix = prefixOf(podCidr)
  undo.defer(() => removePodLink(hostName))
  await createPodLink({
    netns: request.netns,
    ifName: request.ifName,
    hostName,
    ip,
    prefix,
    mac,
    gateway: gateway.ip,
    mtu: podMtu,
    checksumOffload: datapath === 'system',
  })
  undo.defer(() => removePort(ovsdb, names.integrationBridge, hostName))
  const pod = {...request.pod, containerId: request.containerId, interfaceName: hostName, ips: [ip], mac}
  await ensurePort(ovsdb, names.integrationBridge, {name: hostName, externalIds: externalIdsOf(pod)})
  await settle()

  undo.move()
  return describeResult(request, {hostName, ip, prefix, gateway: gatewayOf(podCidr), mac})
}

/** Idempotent, and needs neither the network namespace nor the link to be there. */
export async function delPod({containerId}: CniRequest, {ovsdb, settle}: Plant): Promise<void> {
  const wired = podsOf(ovsdb).filter((pod) => pod.containerId === containerId)
  for (const {interfaceName} of wired) {
    await removePort(ovsdb, names.integrationBridge, interfaceName)
    await removePodLink(interfaceName)
  }
  if (wired.length > 0) await settle()
}

export function checkPod({containerId}: CniRequest, {ovsdb}: Plant): void {
  const pod = podsOf(ovsdb).find((pod) => pod.containerId === containerId)
  if (pod === undefined) throw new CniError(3, `container ${containerId} has no port on ${names.integrationBridge}`)
  if (pod.ofport <= 0) throw new CniError(5, `the port ${pod.interfaceName} of container ${containerId} is broken`)
}

/** Every Pod that has a port, broken ones included: they hold their address until their DEL. */
export function podsOf(ovsdb: Ovsdb): readonly LocalPod[] {
  return portsOf(ovsdb, names.integrationBridge).flatMap((port) => podOfPort(port) ?? [])
}

function takenAddresses(ovsdb: Ovsdb, {pending}: Leases): ReadonlySet<Ip> {
  return new Set([...pending, ...podsOf(ovsdb).flatMap(({ips}) => ips)])
}
