import {closeSync} from 'node:fs'
import {calls, sendAside, closeOnExec, KernelRefusal, nonBlocking} from '../system-calls.ts'
import {body} from './codec.ts'
import {be16, u16, u32} from './kinds.ts'
import {decodeMessages, type Message} from './message.ts'

/** linux/netlink.h, NETLINK_… */
const protocols = {route: 0, netfilter: 12} as const
export type Protocol = keyof typeof protocols

/** A netlink socket of the network namespace in which this thread is now. Its calls do not leave this thread. */
export interface NetlinkSocket extends Disposable {
  readonly fd: number
  /** What the kernel calls this socket: it stands in the messages about changes that were asked for through it. */
  readonly port: number
  send(bytes: Buffer): void
  /** On another thread: for what keeps the kernel busy for longer than this thread may stand still. */
  sendAside(bytes: Buffer): Promise<void>
  /** The messages of one datagram; throws KernelRefusal EAGAIN when there is none, ENOBUFS when some were lost. */
  receive(): readonly Message[]
  join(group: number): void
}

export function openNetlinkSocket(
  protocol: Protocol,
  {
    blocking = true,
    receiveBuffer = 4 * 1024 * 1024,
  }: {readonly blocking?: boolean; readonly receiveBuffer?: number} = {},
): NetlinkSocket {
  const fd = calls.socket(domain, raw | closeOnExec | (blocking ? 0 : nonBlocking), protocols[protocol])
  try {
    for (const option of [capAck, extAck, strictCheck]) setOption(fd, netlinkLevel, option, 1)
    setBuffer(fd, buffers.receive, receiveBuffer)
    setBuffer(fd, buffers.send, 4 * 1024 * 1024)
    const timeout = Buffer.alloc(16)
    timeout.writeBigInt64LE(patience, 0)
    calls.setsockopt(fd, socketLevel, receiveTimeout, timeout, timeout.length)
    calls.bind(fd, kernel, kernel.length)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  return {
    fd,
    port: portOf(fd),
    send: (bytes) => void calls.sendto(fd, bytes, bytes.length, 0, kernel, kernel.length),
    sendAside: (bytes) => sendAside(fd, bytes, kernel),
    receive: () => decodeMessages(Buffer.from(buffer.subarray(0, calls.recv(fd, buffer, buffer.length, 0)))),
    join: (group) => setOption(fd, netlinkLevel, addMembership, group),
    [Symbol.dispose]: () => closeSync(fd),
  }
}

/** Seconds; the kernel answers at once, so that this ends only what would never end. */
const patience = 5n

/** One for all sockets: between a call and the copy of what it brought nothing else can run. */
const buffer = Buffer.alloc(256 * 1024)

// Numbers of bits/socket.h, asm-generic/socket.h (the 64-bit time) and linux/netlink.h.
const domain = 16
const raw = 3
const socketLevel = 1
const receiveTimeout = 20
const buffers = {send: {force: 32, within: 7}, receive: {force: 33, within: 8}} as const
const netlinkLevel = 270
const addMembership = 1
const capAck = 10
const extAck = 11
const strictCheck = 12

/** struct sockaddr_nl; port 0 is the kernel as a receiver, and "choose one" to bind. */
const address = body('netlink address', {family: u16, _: be16, port: u32, groups: u32}, {})
const kernel = address.encode({family: domain})

function portOf(fd: number): number {
  const [own, length] = [address.encode({}), Buffer.from([12, 0, 0, 0])]
  calls.getsockname(fd, own, length)
  return address.decode(own).port
}

/** Past what the machine has as the most, which its own root may; root of a user namespace gets that most. */
function setBuffer(fd: number, {force, within}: (typeof buffers)[keyof typeof buffers], size: number): void {
  try {
    setOption(fd, socketLevel, force, size)
  } catch (error) {
    if (!(error instanceof KernelRefusal) || error.errno !== 'EPERM') throw error
    setOption(fd, socketLevel, within, size)
  }
}

function setOption(fd: number, level: number, option: number, value: number): void {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  calls.setsockopt(fd, level, option, bytes, bytes.length)
}
