import {closeSync} from 'node:fs'
import type {Ip} from '../../model/address.ts'
import {inNetns, type Netns} from './netns.ts'
import {calls, closeOnExec, nonBlocking} from './system-calls.ts'

/**
 * A UDP socket of that namespace, bound; its number is for who reads it, who also closes it. Packets that do not fit are
 * refused or lost, never cut into pieces, and what routers say of smaller ones is not believed (ip(7), IP_PMTUDISC_PROBE).
 */
export function openProbeSocket(netns: Netns, ip: Ip, port: number): number {
  return inNetns(netns, () => {
    const fd = calls.socket(internet, datagrams | closeOnExec | nonBlocking, 0)
    try {
      for (const [level, option, value] of options) {
        const bytes = Buffer.alloc(4)
        bytes.writeInt32LE(value)
        calls.setsockopt(fd, level, option, bytes, bytes.length)
      }
      const address = socketAddress(ip, port)
      calls.bind(fd, address, address.length)
      return fd
    } catch (error) {
      closeSync(fd)
      throw error
    }
  })
}

/** struct sockaddr_in. */
export function socketAddress(ip: Ip, port: number): Buffer {
  const address = Buffer.alloc(16)
  address.writeUInt16LE(internet, 0)
  address.writeUInt16BE(port, 2)
  address.set(ip.split('.').map(Number), 4)
  return address
}

// Numbers of bits/socket.h and bits/in.h.
const internet = 2
const datagrams = 2
const socketLevel = 1
const receiveBufferForce = 33
const ipLevel = 0
const mtuDiscover = 10
const probeMtu = 3

const options = [
  [ipLevel, mtuDiscover, probeMtu],
  // What comes while the machine is busy for seconds waits: it was not lost on the way.
  [socketLevel, receiveBufferForce, 2 * 1024 * 1024],
] as const
