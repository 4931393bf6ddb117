import {setImmediate} from 'node:timers/promises'
import {gatewayOf, macFor, prefixOf} from '../../model/address.ts'
import {sentenceOf} from '../../model/errors.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import {describePod} from '../../model/pod.ts'
import type {Netns} from '../../datapath/machine/netns.ts'
import {hostInterfaceName, type PodLink} from '../../datapath/machine/pod-link.ts'
import {nextAddress} from './addresses.ts'
import {faultOf} from './check.ts'
import {delPod, unplug} from './del.ts'
import {CniError} from './error.ts'
import type {Desk, Plant, PodHands, PodPorts} from './plant.ts'
import {isAttachment, podsAmong, type WiredPod} from './pods.ts'
import {openPort} from './port.ts'
import type {AttachmentRequest} from './request.ts'
import {type CniResult, describeResult} from './result.ts'
import {takenAddresses} from './taken.ts'

/** The parts that a request works with: the agent's, the kernel's, and what is under way. */
export interface Bench {
  readonly plant: Plant
  readonly hands: PodHands
  readonly desk: Desk
}

/** What to answer, and what goes on when the runtime has its answer. */
export interface Added {
  readonly result: CniResult
  readonly afterwards?: Promise<unknown>
}

/**
 * Wires one interface of a Pod. Asked twice, the second answer is the first one while all is still in place, and else a
 * new beginning. Whatever fails half-way is undone; what a crash leaves half done is swept (sweep.ts) or deleted by DEL.
 */
export async function addPod(request: AttachmentRequest, bench: Bench): Promise<Added> {
  const {plant, hands} = bench
  const {ports, wiring, trouble} = plant
  if (trouble !== undefined || ports === undefined || wiring === undefined) {
    throw new CniError(11, `${trouble?.sentence ?? 'the agent is not ready yet'}: try again later`)
  }
  using netns = hands.openNetns(request.netns)
  const before = podsAmong(ports.all()).find((pod) => isAttachment(pod, request))
  if (before !== undefined) {
    const answer = describe(request, before, wiring)
    if (before.netnsId === netns.id && (await faultOf(answer, request, before, bench)) === undefined) {
      await plant.settle(bench.desk)
      return {result: answer}
    }
    const {linksGone} = await delPod(request, bench)
    await linksGone
  }
  const {pod, opened} = await wire(request, netns, {...bench, ports, wiring})
  // Neighbours may still know the address by another port: no reason to let the Pod wait.
  const announce = async () => {
    await opened
    await setImmediate()
    await hands.announcePod(request, pod)
  }
  return {result: describe(request, pod, wiring), afterwards: announce().catch(() => undefined)}
}

export type ReadyBench = Bench & {readonly ports: PodPorts; readonly wiring: NodeWiring}

async function wire(
  request: AttachmentRequest,
  netns: Pick<Netns, 'path' | 'id'>,
  bench: ReadyBench,
): Promise<{readonly pod: WiredPod; readonly opened: Promise<void>}> {
  const {plant, ports, hands, desk, wiring} = bench
  const hostName = hostNameOf(request)
  await refuseForeign(request, hostName, netns, bench)
  await using undo = new AsyncDisposableStack()

  const ip = nextAddress(wiring.podCidr, takenAddresses(ports, desk), desk.last ?? ports.lastGiven())
  desk.adding.set(hostName, ip)
  desk.last = ip
  undo.defer(() => void desk.adding.delete(hostName))

  const mac = macFor(ip)
  undo.defer(quietly(() => hands.removePodLink(hostName)))
  const link = {
    netns: netns.path,
    ifName: request.ifName,
    hostName,
    ip,
    prefix: prefixOf(wiring.podCidr),
    mac,
    gateway: wiring.gateway.ip,
    mtu: wiring.transportMtu,
    routeMtu: plant.podMtu() ?? wiring.transportMtu,
    checksumOffload: wiring.datapath === 'system',
  }
  const {containerId, ifName} = request
  const pod = {...request.pod, containerId, ifName, netnsId: netns.id, interfaceName: hostName, ips: [ip], mac}
  undo.defer(quietly(() => unplug([hostName], bench)))
  const port = openPort(pod, bench)
  undo.use(port)
  await port.sendFlows()
  await createLink(hands, link, () => port.attach())
  port.guard()
  const {ofport, opened} = await port.attached()
  // A change that came meanwhile did not know the Pod, which sends nothing before the answer.
  const routeMtu = plant.podMtu() ?? link.routeMtu
  if (routeMtu !== link.routeMtu) await hands.putPodRoute({...link, routeMtu})
  undo.move()
  desk.adding.delete(hostName)
  return {pod: {...pod, ofport}, opened}
}

/** A second container in a namespace would share the first one's identity; a host end of that name is another Pod's. */
async function refuseForeign(
  {containerId}: AttachmentRequest,
  hostName: string,
  netns: Pick<Netns, 'path' | 'id'>,
  {ports, desk, hands}: ReadyBench,
): Promise<void> {
  const pods = podsAmong(ports.all())
  if (desk.adding.has(hostName) || pods.some(({interfaceName}) => interfaceName === hostName)) {
    throw new CniError(11, `the interface name ${hostName} is taken by another Pod: try again`)
  }
  const owner = pods.find((pod) => pod.netnsId === netns.id && pod.containerId !== containerId)
  if (owner === undefined) return
  // A namespace that is gone took its veth along, and its number may come again.
  const links = await hands.observeLinks()
  if (!links.some(({name}) => name === owner.interfaceName)) return
  throw new CniError(4, `CNI_NETNS is the network namespace of Pod ${describePod(owner)}, which is wired already`)
}

export function hostNameOf({pod, containerId, ifName}: AttachmentRequest): string {
  // The usual interface keeps the name that every tool expects.
  return hostInterfaceName(pod, ifName === 'eth0' ? containerId : `${containerId}/${ifName}`)
}

/** One of that name without a port was left by an ADD that a crash cut off. */
async function createLink(hands: PodHands, link: PodLink, onDevice: () => void): Promise<void> {
  try {
    await hands.createPodLink(link, onDevice)
  } catch (error) {
    if (!sentenceOf(error).includes('EEXIST')) throw error
    await hands.removePodLink(link.hostName)
    await hands.createPodLink(link, onDevice)
  }
}

/** The reason of the failure is what the caller must hear, not that of the undoing; sweep.ts ends what is left. */
function quietly(step: () => Promise<void>): () => Promise<void> {
  return () => step().catch(() => undefined)
}

function describe(request: AttachmentRequest, pod: WiredPod, {podCidr, transportMtu}: NodeWiring): CniResult {
  const {interfaceName, ips, mac} = pod
  const [ip = gatewayOf(podCidr)] = ips
  return describeResult(request, {
    hostName: interfaceName,
    ip,
    prefix: prefixOf(podCidr),
    gateway: gatewayOf(podCidr),
    mac,
    mtu: transportMtu,
  })
}
