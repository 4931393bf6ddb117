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
})

const start = v.parse(startSchema, workerData)
let sender: Pick<Sender, 'heard'> | undefined
let steady: SteadySender | undefined
let echoes = 0
setInterval(() => (echoes = 0), 1_000)

const senders = new Map(probeFormNames.map((name) => [name, openSender(start.sockets[name].sender)]))
for (const name of probeFormNames) openEcho(start.sockets[name].echo)
parentPort?.on('message', (message) => void work(message))

/** Answers what the sender of another agent sends, and nobody else; no more of it than this Node has to spare. */
function openEcho(fd: number): void {
  const socket = take(fd)
  socket.on('message', (bytes, {address, port}) => {
    if (port !== probePorts.sender || decodePacket(bytes)?.kind !== 'request' || echoes >= start.budget) return
    echoes += 1
    socket.send(turnRound(bytes), port, address, () => undefined)
  })
}

function openSender(fd: number): Socket {
  const socket = take(fd)
  socket.on('message', (bytes) => {
    const packet = decodePacket(bytes)
    if (packet?.kind === 'reply') sender?.heard(packet, bytes.length)
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
      const timed = new Sender(asked.work, put)
      sender = timed
      return parentPort?.postMessage(await timed.run(), [])
    }
    case 'direct':
      steady ??= startSteady(asked.work)
      return steady.direct(asked.streams)
    case 'account':
      return parentPort?.postMessage((await steady?.account()) ?? [], [])
  }
}

/** It sends until the thread ends. */
function startSteady(work: SteadyWork): SteadySender {
  const begun = new SteadySender(work, put)
  sender = begun
  void begun.run(new AbortController().signal)
  return begun
}

function put(stream: Stream, bytes: Buffer): Promise<boolean> {
  const {promise, resolve} = Promise.withResolvers<boolean>()
  senders.get(stream.form)?.send(bytes, probePorts.echo, stream.ip, (error) => resolve(error === null))
  return promise
}
