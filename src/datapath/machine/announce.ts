import {closeSync} from 'node:fs'
import type {Ip, Mac} from '../../model/address.ts'
import {findLink} from './links.ts'
import {body} from './netlink/codec.ts'
import {be16, bytesOfMac, i32, u16, u8} from './netlink/kinds.ts'
import {openNetlink} from './netlink/requests.ts'
import {inNetns, openNetns} from './netns.ts'
import {calls, closeOnExec} from './system-calls.ts'

/**
 * A gratuitous ARP request (RFC 5227, section 3) from a Pod's interface: who still knows another MAC for this address
 * learns the new one. For when the Pod's flows are in force; before that nobody hears it.
 */
export async function announceAddress(
  netnsPath: string,
  ifName: string,
  {ip, mac}: {readonly ip: Ip; readonly mac: Mac},
): Promise<void> {
  using netns = openNetns(netnsPath)
  inNetns(netns, () => {
    using netlink = openNetlink('route')
    const index = findLink(netlink, ifName)?.index
    if (index === undefined) return
    const fd = calls.socket(packet, raw | closeOnExec, 0)
    try {
      const frame = gratuitousArp(ip, mac)
      const to = linkAddress.encode({family: packet, protocol: arp, index, length: 6})
      calls.sendto(fd, frame, frame.length, 0, Buffer.concat([to, broadcast, Buffer.alloc(2)]), 20)
    } finally {
      closeSync(fd)
    }
  })
}

/** RFC 826: Ethernet header, then a request for the own address. */
export function gratuitousArp(ip: Ip, mac: Mac): Buffer {
  const [own, address] = [bytesOfMac(mac), Buffer.from(ip.split('.').map(Number))]
  const request = Buffer.from([0, 1, 8, 0, 6, 4, 0, 1])
  return Buffer.concat([broadcast, own, Buffer.from([8, 6]), request, own, address, Buffer.alloc(6), address])
}

const broadcast = Buffer.alloc(6, 0xff)
/** packet(7), struct sockaddr_ll up to the address itself. */
const linkAddress = body(
  'link address',
  {family: u16, protocol: be16, index: i32, hardware: u16, kind: u8, length: u8},
  {},
)
const packet = 17
const raw = 3
const arp = 0x0806
