import * as v from 'valibot'
import {names} from '../../model/names.ts'
import type {PodEnd} from '../../datapath/machine/pod-link.ts'
import type {Bench} from './add.ts'
import {CniError} from './error.ts'
import {isAttachment, podsAmong, type WiredPod} from './pods.ts'
import type {AttachmentRequest} from './request.ts'

/** What we compare of the answer that an ADD gave; plugins after ours may have added to it. */
const resultSchema = v.object({
  interfaces: v.optional(
    v.array(v.object({name: v.string(), mac: v.optional(v.string()), sandbox: v.optional(v.string())})),
    [],
  ),
  ips: v.optional(v.array(v.object({address: v.string(), interface: v.optional(v.number())})), []),
  routes: v.optional(v.nullable(v.array(v.object({dst: v.string()}))), []),
})
type Result = v.InferOutput<typeof resultSchema>

/** Throws 3, 7 or 102 with what is not as the ADD left it. */
export async function checkPod(request: AttachmentRequest, bench: Bench): Promise<void> {
  const {ports, trouble} = bench.plant
  if (ports === undefined) throw new CniError(11, `${trouble?.sentence ?? 'Open vSwitch is away'}: try again later`)
  const pod = podsAmong(ports.all()).find((one) => isAttachment(one, request))
  if (pod === undefined) {
    throw new CniError(3, `container ${request.containerId} has no port on ${names.integrationBridge}`)
  }
  const fault = await faultOf(request.prevResult, request, pod, bench)
  if (fault !== undefined) throw new CniError(102, fault)
}

/** What of `result` is not there, in one sentence: port, link, addresses, routes, flows. */
export async function faultOf(
  result: unknown,
  request: AttachmentRequest,
  pod: WiredPod,
  {plant, hands}: Bench,
): Promise<string | undefined> {
  const wanted = v.safeParse(resultSchema, result)
  if (!wanted.success) throw new CniError(7, 'CHECK needs the result of the ADD as prevResult')
  if (pod.ofport <= 0) return `the port ${pod.interfaceName} is broken: Open vSwitch could not open its device`
  const link = (await hands.observeLinks()).find(({name}) => name === pod.interfaceName)
  if (link === undefined) return `the Node has no interface ${pod.interfaceName}`
  if (!link.up) return `the Node's interface ${pod.interfaceName} is down`
  using netns = hands.openNetns(request.netns)
  const end = await hands.observePodEnd(netns.path, request.ifName)
  const fault = compare(wanted.output, request, pod, end)
  if (fault !== undefined) return fault
  const missing = await plant.missingFlows(pod)
  return missing === 0 ? undefined : `${missing} flows of ${pod.interfaceName} are not on ${names.integrationBridge}`
}

/** Pure: what the Pod's own end lacks. */
export function compare(
  {interfaces, ips, routes}: Result,
  {ifName}: Pick<AttachmentRequest, 'ifName'>,
  pod: Pick<WiredPod, 'interfaceName' | 'ips' | 'mac'>,
  end: PodEnd | undefined,
): string | undefined {
  const own = interfaces.findIndex(({name, sandbox}) => name === ifName && (sandbox ?? '') !== '')
  if (own === -1) return `prevResult names no interface ${ifName} in the container`
  if (!interfaces.some(({name}) => name === pod.interfaceName)) {
    return `prevResult does not name ${pod.interfaceName}, which the container is wired by`
  }
  if (end === undefined) return `the container has no interface ${ifName}`
  if (!end.up) return `${ifName} of the container is down`
  const mac = interfaces[own]?.mac?.toLowerCase() ?? pod.mac
  if (end.mac !== mac || mac !== pod.mac) return `${ifName} has the MAC address ${end.mac} instead of ${pod.mac}`
  const addresses = ips.filter((ip) => ip.interface === own).map(({address}) => address)
  if (addresses.length === 0) return `prevResult has no address for ${ifName}`
  const held = end.addresses.map(({ip, prefix}) => `${ip}/${prefix}`)
  const lost = addresses.find((address) => !held.includes(address))
  if (lost !== undefined) return `${ifName} has lost its address ${lost}`
  const foreign = addresses.find((address) => !pod.ips.some((ip) => address.startsWith(`${ip}/`)))
  if (foreign !== undefined) return `the address ${foreign} is not reserved for this container`
  const route = (routes ?? []).find(({dst}) => !end.routes.some(({to}) => to === dst))
  return route === undefined ? undefined : `the container has lost its route to ${route.dst}`
}
