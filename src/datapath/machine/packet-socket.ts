import {closeSync} from 'node:fs'
import {addressOf, calls, closeOnExec, KernelRefusal, nonBlocking, whenReadable} from './system-calls.ts'

/** A frame as a device sent or got it. */
export interface Frame {
  /** Nanoseconds since 1970, the kernel's word. */
  readonly time: bigint
  readonly direction: 'in' | 'out'
  readonly bytes: Buffer
  /** Before it was cut. */
  readonly length: number
}

/** Ends with its file: the kernel forgets all of it when this process dies. */
export interface PacketSocket extends Disposable {
  /** Since the last call; the kernel counts anew after each. */
  counts(): {readonly received: number; readonly dropped: number}
}

/** Every frame of the device that the program keeps, in turns that leave the rest of the agent its time. packet(7). */
export function openPacketSocket(device: string, program: Buffer, onFrame: (frame: Frame) => void): PacketSocket {
  const fd = calls.socket(packets, raw | closeOnExec | nonBlocking, 0)
  try {
    setProgram(fd, program)
    setNumber(fd, socketLevel, receiveBufferForce, 4 * 1024 * 1024)
    // Asked before there is any: the kernel notes the times from now on.
    timeOfLast(fd)
    const address = linkAddress(indexOf(fd, device))
    calls.bind(fd, address, address.length)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  const listening = whenReadable(fd, () => readSome(fd, onFrame))
  return {
    counts: () => countsOf(fd),
    [Symbol.dispose]: () => {
      listening[Symbol.dispose]()
      closeSync(fd)
    },
  }
}

/** One for all: between a call and the copy of what it brought nothing else can run. */
const buffer = Buffer.alloc(65_536)
const [from, fromLength, stamp] = [Buffer.alloc(20), Buffer.alloc(4), Buffer.alloc(16)]
/** As many at a time. */
const atOnce = 256

function readSome(fd: number, onFrame: (frame: Frame) => void): void {
  for (let turn = 0; turn < atOnce; turn += 1) {
    let length: number
    fromLength.writeUInt32LE(from.length)
    try {
      length = calls.recvfrom(fd, buffer, buffer.length, truncated, from, fromLength)
    } catch (error) {
      if (error instanceof KernelRefusal) return
      throw error
    }
    const bytes = Buffer.from(buffer.subarray(0, Math.min(length, buffer.length)))
    onFrame({time: timeOfLast(fd), direction: from.readUInt8(10) === outgoing ? 'out' : 'in', bytes, length})
  }
}

/** SIOCGSTAMPNS: when the kernel saw what was read last. */
function timeOfLast(fd: number): bigint {
  try {
    calls.ioctl(fd, getStampNs, stamp)
    return stamp.readBigInt64LE(0) * 1_000_000_000n + stamp.readBigInt64LE(8)
  } catch (error) {
    if (error instanceof KernelRefusal) return BigInt(Date.now()) * 1_000_000n
    throw error
  }
}

/** struct sock_fprog: how many instructions, and where they are. */
function setProgram(fd: number, program: Buffer): void {
  const head = Buffer.alloc(16)
  head.writeUInt16LE(program.length / 8, 0)
  head.writeBigUInt64LE(addressOf(program), 8)
  calls.setsockopt(fd, socketLevel, attachFilter, head, head.length)
}

/** struct tpacket_stats. */
function countsOf(fd: number): {readonly received: number; readonly dropped: number} {
  const [value, length] = [Buffer.alloc(8), Buffer.from([8, 0, 0, 0])]
  calls.getsockopt(fd, packetLevel, statistics, value, length)
  const [received, dropped] = [value.readUInt32LE(0), value.readUInt32LE(4)]
  return {received, dropped}
}

/** struct ifreq: a name of up to 15 bytes, then the answer. */
function indexOf(fd: number, device: string): number {
  const request = Buffer.alloc(40)
  request.write(device.slice(0, 15), 0, 'latin1')
  calls.ioctl(fd, getIndex, request)
  return request.readInt32LE(16)
}

/** struct sockaddr_ll: every protocol of one device. */
function linkAddress(index: number): Buffer {
  const address = Buffer.alloc(20)
  address.writeUInt16LE(packets, 0)
  address.writeUInt16BE(everyProtocol, 2)
  address.writeInt32LE(index, 4)
  return address
}

function setNumber(fd: number, level: number, option: number, value: number): void {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  calls.setsockopt(fd, level, option, bytes, bytes.length)
}

// Numbers of bits/socket.h, asm-generic/socket.h, asm-generic/sockios.h, linux/sockios.h and linux/if_packet.h.
const [packets, raw, everyProtocol] = [17, 3, 3]
const [socketLevel, attachFilter, receiveBufferForce] = [1, 26, 33]
const [packetLevel, statistics] = [263, 6]
const truncated = 0x20
const [getStampNs, getIndex] = [0x8907, 0x8933]
const outgoing = 4
