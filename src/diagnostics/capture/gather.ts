import {listenToPackets} from '../../cluster/capture-answers.ts'
import type {Roads} from '../../cluster/road-agents.ts'
import type {CapturedInterface, CaptureReport} from '../../model/capture/report.ts'
import {
  interfaceBlock,
  packetBlock,
  type PcapBlock,
  type PcapInterface,
  type PcapPacket,
  sectionBlock,
} from '../../model/capture/pcapng.ts'
import type {CapturePlace, CaptureWish} from '../../model/capture/wish.ts'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {describeStation} from '../live/judge.ts'

export interface Gathering {
  readonly roads: Roads
  readonly wishes: readonly {readonly node: string; readonly wish: CaptureWish}[]
  readonly signal: AbortSignal
  /** Every Node listens from now on. */
  readonly onListening: () => void
}

interface NodeCaught {
  readonly node: string
  readonly interfaces: PcapInterface[]
  readonly packets: PcapPacket[]
  readonly dropped: Map<number, number>
}

/** All Nodes at once, each until it has what was asked of it; one that fails hides nothing of the others. */
export async function gatherPackets({roads, wishes, signal, onListening}: Gathering): Promise<Caught> {
  using captures = new DisposableStack()
  const opened = await Promise.all(
    wishes.map(async ({node, wish}) => ({node, wish, capture: captures.use(await listenToPackets(roads, node, wish))})),
  )
  onListening()
  const failures: {node: string; reason: string}[] = []
  let size = 0
  const nodes = await Promise.all(
    opened.map(async ({node, capture}) => {
      const caught: NodeCaught = {node, interfaces: [], packets: [], dropped: new Map()}
      try {
        for await (const block of capture.blocks) {
          size += block.kind === 'packet' ? block.value.bytes.length : 0
          if (size > largestCapture)
            throw new AntctlError(
              'AGENT_ANSWER',
              `more than ${largestCapture / 1024 / 1024} MiB: choose fewer with -n or -f`,
            )
          take(block, caught)
          if (signal.aborted) break
        }
      } catch (error) {
        failures.push({node, reason: sentenceOf(error)})
      }
      return caught
    }),
  )
  const isDone = ({node, packets}: NodeCaught) => {
    const number = wishes.find((wish) => wish.node === node)?.wish.number
    return number === undefined || packets.filter((packet) => packet.interface === 0).length >= number
  }
  return {nodes, failures, complete: failures.length === 0 && nodes.some(isDone)}
}

export interface Caught {
  readonly nodes: readonly NodeCaught[]
  readonly failures: CaptureReport['failures']
  readonly complete: boolean
}

/** Bytes of packets that a laptop holds until they are in order. */
const largestCapture = 256 * 1024 * 1024

function take(block: PcapBlock, {interfaces, packets, dropped}: NodeCaught): void {
  if (block.kind === 'interface') interfaces.push(block.value)
  if (block.kind === 'packet') packets.push(block.value)
  if (block.kind === 'statistics') dropped.set(block.value.interface, Number(block.value.dropped))
}

/** One file: interfaces named NODE/DEVICE, packets in the order of their times, each with a word on where it was seen. */
export function pcapngOf({nodes}: Caught): Buffer {
  const rows = nodes.flatMap(({node, interfaces}, of) => interfaces.map((one, at) => ({node, one, of, at})))
  const number = new Map(rows.map(({of, at}, index) => [`${of} ${at}`, index]))
  const packets = nodes.flatMap(({node, interfaces, packets: caught}, of) =>
    caught.map((packet) => ({
      node,
      packet,
      at: number.get(`${of} ${packet.interface}`) ?? 0,
      on: interfaces[packet.interface],
    })),
  )
  packets.sort((a, b) => (a.packet.time < b.packet.time ? -1 : a.packet.time > b.packet.time ? 1 : 0))
  return Buffer.concat([
    sectionBlock('antctl packetcapture'),
    ...rows.map(({node, one}) =>
      interfaceBlock({...one, name: `${node}/${one.name}`, description: `${one.description} on ${node}`}),
    ),
    ...packets.map(({node, packet, at, on}) => {
      const place = placeOf(on)
      const comment = `${describeStation({node, place, direction: packet.direction})} (${on?.name ?? ''})`
      return packetBlock({...packet, interface: at, comment})
    }),
  ])
}

export function interfacesOf({nodes}: Caught): readonly CapturedInterface[] {
  return nodes.flatMap(({node, interfaces, packets, dropped}) =>
    interfaces.map((one, at) => ({
      node,
      device: one.name,
      place: placeOf(one),
      description: one.description,
      packets: packets.filter((packet) => packet.interface === at).length,
      dropped: dropped.get(at) ?? 0,
    })),
  )
}

function placeOf(one: PcapInterface | undefined): CapturePlace {
  return one?.description === 'gateway' || one?.description === 'underlay' ? one.description : 'port'
}
