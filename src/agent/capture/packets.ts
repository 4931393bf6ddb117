import type {CapturePlace, CaptureWish} from '../../model/capture/wish.ts'
import {fits} from '../../model/capture/frame.ts'
import {interfaceBlock, packetBlock, sectionBlock, statisticsBlock} from '../../model/capture/pcapng.ts'
import {AntctlError} from '../../model/errors.ts'
import {names} from '../../model/names.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import {describePod, type LocalPod} from '../../model/pod.ts'
import {packetProgram} from '../../datapath/machine/packet-program.ts'
import {type Frame, openPacketSocket, type PacketSocket} from '../../datapath/machine/packet-socket.ts'

export interface CaptureFacts {
  readonly wiring: NodeWiring
  readonly pods: readonly LocalPod[]
}

interface Listening {
  readonly device: string
  readonly description: string
}

/** Bytes that wait for who reads them; what comes then is counted and left away. */
const mostWaiting = 8 * 1024 * 1024
/** Captures at once: each looks at every packet of its addresses. */
const mostCaptures = 8
let running = 0

/** The stream of GET /capture/v1/packets. It listens until it is read to its end, or until nobody reads it any more. */
export async function* capturePackets(
  wish: CaptureWish,
  facts: CaptureFacts,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const devices = wish.places.flatMap((place) => deviceOf(place, wish, facts))
  if (devices.length === 0) throw new AntctlError('USAGE', 'nothing is named that could be listened to')
  if (running >= mostCaptures)
    throw new AntctlError('NOT_AVAILABLE', `${mostCaptures} captures are running on this Node already`)
  running += 1
  const queue = openQueue()
  const kept = devices.map(() => 0)
  const dropped = devices.map(() => 0)
  const program = packetProgram([...wish.filter.source, ...wish.filter.destination], wish.snapLength)
  using undo = new DisposableStack()
  undo.defer(() => (running -= 1))
  const keep = (at: number) => (frame: Frame) => {
    if (!fits(frame.bytes, wish.filter)) return
    if (at === 0 && wish.number !== undefined && (kept[0] ?? 0) >= wish.number) return
    const block = packetBlock({interface: at, ...frame})
    if (!queue.put(block)) dropped[at] = (dropped[at] ?? 0) + 1
    else kept[at] = (kept[at] ?? 0) + 1
    if (at === 0 && kept[0] === wish.number) setTimeout(() => queue.end(), settling)
  }
  const sockets = devices.map(({device}, at) => undo.use(openPacketSocket(device, program, keep(at))))
  const timer = setTimeout(() => queue.end(), wish.seconds * 1000)
  undo.defer(() => clearTimeout(timer))
  // Also where nobody comes to read the rest.
  signal.addEventListener(
    'abort',
    () => {
      queue.end()
      undo.dispose()
    },
    {once: true},
  )
  yield Buffer.concat([
    sectionBlock(`antrea-agent of ${facts.wiring.node}`),
    ...devices.map(({device, description}) => interfaceBlock({name: device, description, snapLength: wish.snapLength})),
  ])
  yield* queue.chunks()
  if (signal.aborted) return
  yield Buffer.concat(sockets.map((socket, at) => endOf(socket, {at, dropped: dropped[at] ?? 0})))
}

/** Milliseconds in which the last packet reaches the other devices of its Node. */
const settling = 200

function deviceOf(
  place: CapturePlace,
  {pods: wanted}: CaptureWish,
  {wiring, pods}: CaptureFacts,
): readonly Listening[] {
  switch (place) {
    case 'gateway':
      return [{device: names.gatewayPort, description: 'gateway'}]
    case 'underlay':
      return [{device: wiring.transportInterface, description: 'underlay'}]
    case 'port':
      return wanted.map((pod) => {
        const found = pods.find(({namespace, name}) => namespace === pod.namespace && name === pod.name)
        if (found !== undefined) return {device: found.interfaceName, description: `port of ${describePod(pod)}`}
        throw new AntctlError('POD_UNKNOWN', `${describePod(pod)} has no port on ${wiring.node}`)
      })
  }
}

function endOf(socket: PacketSocket, {at, dropped}: {readonly at: number; readonly dropped: number}): Buffer {
  const counts = socket.counts()
  return statisticsBlock({
    interface: at,
    time: BigInt(Date.now()) * 1_000_000n,
    received: BigInt(counts.received),
    dropped: BigInt(counts.dropped + dropped),
  })
}

interface Queue {
  /** false: too much waits already. */
  put(block: Buffer): boolean
  end(): void
  chunks(): AsyncGenerator<Buffer>
}

function openQueue(): Queue {
  const waiting: Buffer[] = []
  let size = 0
  let ended = false
  let wake: (() => void) | undefined
  return {
    put: (block) => {
      if (ended || size + block.length > mostWaiting) return false
      waiting.push(block)
      size += block.length
      wake?.()
      return true
    },
    end: () => {
      ended = true
      wake?.()
    },
    chunks: async function* () {
      for (;;) {
        if (waiting.length > 0) {
          const chunk = Buffer.concat(waiting.splice(0))
          size = 0
          yield chunk
        } else if (ended) return
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
