import {randomInt} from 'node:crypto'
import {closeSync} from 'node:fs'
import type {Ip} from '../../model/address.ts'
import {captureProtocols} from '../../model/capture/wish.ts'
import type {LivePacket} from '../../model/capture/live.ts'
import {inNetns, openNetns} from './netns.ts'
import {socketAddress} from './probe-socket.ts'
import {calls, closeOnExec} from './system-calls.ts'

/** The kernel there puts the IP header in front and routes it, as for any program; nothing stays behind. raw(7). */
export function sendLivePacket(packet: LivePacket, source: Ip, netnsPath: string | undefined): number {
  const {destination, protocol} = packet
  const segment = segmentOf(packet, source)
  const send = () => {
    const fd = calls.socket(internet, raw | closeOnExec, captureProtocols[protocol])
    try {
      const [from, to] = [socketAddress(source, 0), socketAddress(destination, 0)]
      calls.bind(fd, from, from.length)
      calls.sendto(fd, segment, segment.length, 0, to, to.length)
    } finally {
      closeSync(fd)
    }
  }
  if (netnsPath === undefined) send()
  else {
    using netns = openNetns(netnsPath)
    inNetns(netns, send)
  }
  return segment.length + ipHeader
}

/** RFC 792, 768 and 9293: an echo request, a datagram, or the first packet of a connection, each with the mark as its data. */
export function segmentOf(packet: LivePacket, source: Ip): Buffer {
  const {protocol, sourcePort, destinationPort = 0, destination, mark} = packet
  const data = Buffer.from(mark, 'hex')
  switch (protocol) {
    case 'icmp': {
      const head = Buffer.alloc(8)
      head.writeUInt8(8, 0)
      head.writeUInt16BE(sourcePort, 4)
      head.writeUInt16BE(1, 6)
      return summed(Buffer.concat([head, data]), 2, Buffer.alloc(0))
    }
    case 'udp': {
      const head = Buffer.alloc(8)
      head.writeUInt16BE(sourcePort, 0)
      head.writeUInt16BE(destinationPort, 2)
      head.writeUInt16BE(head.length + data.length, 4)
      return summed(
        Buffer.concat([head, data]),
        6,
        pseudoHeader(source, destination, {protocol, length: 8 + data.length}),
      )
    }
    case 'tcp': {
      const head = Buffer.alloc(20)
      head.writeUInt16BE(sourcePort, 0)
      head.writeUInt16BE(destinationPort, 2)
      head.writeUInt32BE(randomInt(2 ** 32), 4)
      head.writeUInt8(5 << 4, 12)
      head.writeUInt8(syn, 13)
      head.writeUInt16BE(64_240, 14)
      return summed(
        Buffer.concat([head, data]),
        16,
        pseudoHeader(source, destination, {protocol, length: 20 + data.length}),
      )
    }
  }
}

function pseudoHeader(
  source: Ip,
  destination: Ip,
  {protocol, length}: {readonly protocol: 'udp' | 'tcp'; readonly length: number},
): Buffer {
  const header = Buffer.alloc(12)
  header.set(source.split('.').map(Number), 0)
  header.set(destination.split('.').map(Number), 4)
  header.writeUInt8(captureProtocols[protocol], 9)
  header.writeUInt16BE(length, 10)
  return header
}

/** RFC 1071; of UDP a sum of 0 would say that there is none. */
function summed(segment: Buffer, at: number, before: Buffer): Buffer {
  let sum = 0
  for (const part of [before, segment])
    for (let byte = 0; byte < part.length; byte += 2) sum += part.readUInt8(byte) * 256 + (part[byte + 1] ?? 0)
  while (sum > 0xff_ff) sum = (sum & 0xff_ff) + (sum >>> 16)
  segment.writeUInt16BE((~sum & 0xff_ff) === 0 ? 0xff_ff : ~sum & 0xff_ff, at)
  return segment
}

// Numbers of bits/socket.h, and RFC 791's header without options.
const [internet, raw, ipHeader, syn] = [2, 3, 20, 0x02]
