import {randomInt} from 'node:crypto'
import {closeSync} from 'node:fs'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Ip} from '../../model/address.ts'
import {socketAddress} from './probe-socket.ts'
import {calls, closeOnExec, KernelRefusal, nonBlocking, whenReadable} from './system-calls.ts'

export interface EchoWish {
  readonly to: Ip
  /** An address of this Node. */
  readonly from: Ip
  /** Of a whole IP packet, headers included; each size is asked for by itself. */
  readonly sizes: readonly number[]
}

export interface EchoResult {
  readonly bytes: number
  readonly sent: number
  /** Milliseconds of the first that came back; absent: none did. */
  readonly roundTrip?: number
  /** What the kernel or a router said instead. */
  readonly said?: string
}

const attempts = 3
/** Milliseconds for each: Nodes of one cluster are nearer than that. */
const patience = 300

/**
 * ICMP echo from the Node itself, never in fragments (ip(7), IP_PMTUDISC_PROBE). Of one size one packet at a time, no more
 * than that many of them; whoever answers the first ends it.
 */
export async function echo({to, from, sizes}: EchoWish): Promise<readonly EchoResult[]> {
  const fd = openSocket(from)
  const answers = new Map<number, {at: number; said?: string}>()
  const identity = randomInt(0x1_00_00)
  const listening = whenReadable(fd, () => readAll(fd, identity, answers))
  try {
    return await Promise.all(sizes.map((bytes, at) => tryOne({fd, to, bytes, identity, first: at * attempts, answers})))
  } finally {
    listening[Symbol.dispose]()
    closeSync(fd)
  }
}

interface Try {
  readonly fd: number
  readonly to: Ip
  readonly bytes: number
  readonly identity: number
  /** Of its sequence numbers. */
  readonly first: number
  readonly answers: ReadonlyMap<number, {readonly at: number; readonly said?: string}>
}

async function tryOne({fd, to, bytes, identity, first, answers}: Try): Promise<EchoResult> {
  let said: string | undefined
  for (let attempt = 0; attempt < attempts; attempt++) {
    const sequence = first + attempt
    const began = performance.now()
    try {
      const address = socketAddress(to, 0)
      const packet = request(bytes, identity, sequence)
      calls.sendto(fd, packet, packet.length, 0, address, address.length)
    } catch (error) {
      if (error instanceof KernelRefusal) return {bytes, sent: attempt, said: wordsOf(error.errno)}
      throw error
    }
    while (performance.now() - began < patience && !answers.has(sequence)) await sleep(1)
    const answer = answers.get(sequence)
    said = answer?.said ?? said
    if (answer !== undefined && answer.said === undefined)
      return {bytes, sent: attempt + 1, roundTrip: Math.max(0, answer.at - began)}
  }
  return {bytes, sent: attempts, ...(said !== undefined && {said})}
}

/** What the Node's own kernel says to a packet that it does not send. */
function wordsOf(errno: string): string {
  if (errno === 'EMSGSIZE') return 'the Node itself sends no packet of that size'
  return errno === 'ENETUNREACH' ? 'the Node has no route' : `the Node does not send it: ${errno}`
}

function openSocket(from: Ip): number {
  const fd = calls.socket(internet, raw | closeOnExec | nonBlocking, icmp)
  try {
    const value = Buffer.alloc(4)
    value.writeInt32LE(probeMtu)
    calls.setsockopt(fd, ipLevel, mtuDiscover, value, value.length)
    const address = socketAddress(from, 0)
    calls.bind(fd, address, address.length)
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** RFC 792: type 8, code 0, checksum, identity, sequence, then whatever fills it. */
function request(bytes: number, identity: number, sequence: number): Buffer {
  const packet = Buffer.alloc(Math.max(8, bytes - ipHeader))
  packet.writeUInt8(8, 0)
  packet.writeUInt16BE(identity, 4)
  packet.writeUInt16BE(sequence, 6)
  packet.writeUInt16BE(checksum(packet), 2)
  return packet
}

/** RFC 1071. */
function checksum(packet: Buffer): number {
  let sum = 0
  for (let at = 0; at < packet.length; at += 2) sum += packet.readUInt8(at) * 256 + (packet[at + 1] ?? 0)
  while (sum > 0xff_ff) sum = (sum & 0xff_ff) + (sum >>> 16)
  return ~sum & 0xff_ff
}

/** A raw socket hears every ICMP message of the Node: those of our identity count. */
function readAll(fd: number, identity: number, answers: Map<number, {at: number; said?: string}>): void {
  const bytes = Buffer.alloc(65_535)
  for (;;) {
    let length: number
    try {
      length = calls.recv(fd, bytes, bytes.length, 0)
    } catch (error) {
      if (error instanceof KernelRefusal) return
      throw error
    }
    const heard = readMessage(bytes.subarray(0, length), identity)
    if (heard !== undefined && !answers.has(heard.sequence))
      answers.set(heard.sequence, {at: performance.now(), ...(heard.said !== undefined && {said: heard.said})})
  }
}

/** An answer to us, or what a router says of one of our packets. */
export function readMessage(
  packet: Buffer,
  identity: number,
): {readonly sequence: number; readonly said?: string} | undefined {
  const at = headerOf(packet, 0)
  if (at === undefined) return undefined
  const [type, code] = [packet.readUInt8(at), packet.readUInt8(at + 1)]
  if (type === 0) return packet.readUInt16BE(at + 4) === identity ? {sequence: packet.readUInt16BE(at + 6)} : undefined
  if (type !== 3 && type !== 11) return undefined
  const inner = headerOf(packet, at + 8)
  if (inner === undefined || packet.readUInt16BE(inner + 4) !== identity) return undefined
  const router = packet.subarray(12, 16).join('.')
  const mtu = packet.readUInt16BE(at + 6)
  return {sequence: packet.readUInt16BE(inner + 6), said: `${router} says: ${unreachable(type, code, mtu)}`}
}

/** Where the ICMP message of the IPv4 packet at `at` begins, when eight bytes of it are there. */
function headerOf(packet: Buffer, at: number): number | undefined {
  if (packet.length < at + ipHeader || packet.readUInt8(at + 9) !== icmp) return undefined
  const start = at + (packet.readUInt8(at) & 0xf) * 4
  return packet.length >= start + 8 ? start : undefined
}

function unreachable(type: number, code: number, mtu: number): string {
  if (type === 11) return 'its time to live is over, a loop'
  const words: Readonly<Record<number, string>> = {
    0: 'no route to that network',
    1: 'that host does not answer',
    4: `a packet of that size does not fit, ${mtu} bytes would`,
    9: 'forbidden',
    10: 'forbidden',
    13: 'forbidden',
  }
  return words[code] ?? `it cannot be reached (code ${code})`
}

// Numbers of bits/socket.h, bits/in.h and RFC 791.
const [internet, raw, icmp, ipLevel, mtuDiscover, probeMtu, ipHeader] = [2, 3, 1, 0, 10, 3, 20]
