import {createSocket, type Socket} from 'node:dgram'
import {parentPort, workerData} from 'node:worker_threads'
import * as v from 'valibot'
import {probeFormNames} from '../../model/probe.ts'
import {decodePacket, turnRound} from './packet.ts'
import {Sender} from './sender.ts'
import {SteadySender} from './steady-sender.ts'
import {loopMessageSchema, probePorts, type SteadyWork, type Stream} from './work.ts'

// A thread of its own: what the agent is busy with must not look like a slow network.

const sockets = v.object({echo: v.number(), sender: v.number()})
const startSchema = v.object({
  sockets: v.object({live: sockets, routed: sockets, tunnelled: sockets}),
  budget: v.number(),
  echoes: v.number(),
})

interface Running {
  readonly load: number
  readonly sender: Sender | SteadySender
  readonly stop: AbortController
}

const start = v.parse(startSchema, workerData)
/** By their orders. */
const running = new Map<number, Running>()
let echoes = 0
setInterval(() => (echoes = 0), 1_000)

const senders = new Map(probeFormNames.map((name) => [name, openSender(start.sockets[name].sender)]))
for (const name of probeFormNames) openEcho(start.sockets[name].echo)
parentPort?.on('message', (message) => void work(message))

/** Answers what the sender of another agent sends, and nobody else; no more of it than this Node has to spare. */
function openEcho(fd: number): void {
  const socket = take(fd)
  socket.on('message', (bytes, {address, port}) => {
    if (port !== probePorts.sender || decodePacket(bytes)?.kind !== 'request' || echoes >= start.echoes) return
    echoes += 1
    socket.send(turnRound(bytes), port, address, () => undefined)
  })
}

function openSender(fd: number): Socket {
  const socket = take(fd)
  socket.on('message', (bytes) => {
    const packet = decodePacket(bytes)
    if (packet?.kind === 'reply') running.get(packet.order)?.sender.heard(packet, bytes.length)
  })
  return socket
}

function take(fd: number): Socket {
  const socket = createSocket('udp4')
  socket.on('error', () => undefined)
  socket.bind({fd})
  return socket
}

async function work(message: unknown): Promise<void> {
  const asked = v.parse(loopMessageSchema, message)
  switch (asked.kind) {
    case 'send': {
      const {order} = asked.work
      const {sender, stop} = begin(asked.work, new Sender(asked.work, put, share))
      const results = await sender.run(stop.signal)
      running.delete(order)
      return answer(asked.question, results)
    }
    case 'direct':
      return steadyOf(asked.work).direct(asked.streams)
    case 'account': {
      const sender = running.get(asked.order)?.sender
      return answer(asked.question, sender instanceof SteadySender ? await sender.account() : [])
    }
    case 'stop':
      running.get(asked.order)?.stop.abort()
      running.delete(asked.order)
  }
}

function answer(question: number, found: unknown): void {
  parentPort?.postMessage({question, answer: found}, [])
}

function begin<Kind extends Sender | SteadySender>({order, load}: SteadyWork, sender: Kind) {
  const begun = {load, sender, stop: new AbortController()}
  running.set(order, begun)
  return begun
}

function steadyOf(asked: SteadyWork): SteadySender {
  const before = running.get(asked.order)?.sender
  if (before instanceof SteadySender) return before
  const {sender, stop} = begin(asked, new SteadySender(asked, put, share))
  void sender.run(stop.signal)
  return sender
}

/** What all orders together would have this Node send fits into its budget by each sending less. */
function share(): number {
  const load = running.values().reduce((sum, each) => sum + each.load, 0)
  return Math.min(1, start.budget / Math.max(load, 1))
}

function put(stream: Stream, bytes: Buffer): Promise<boolean> {
  const {promise, resolve} = Promise.withResolvers<boolean>()
  senders.get(stream.form)?.send(bytes, probePorts.echo, stream.ip, (error) => resolve(error === null))
  return promise
}
