import {familyOf, type InterfaceAddress, type Mac} from '../../model/address.ts'
import {AntctlError} from '../../model/errors.ts'
import type {LinkSetting} from '../host/state.ts'
import type {Decoded} from './netlink/codec.ts'
import {askAside, kernel} from './netlink/kernel.ts'
import {flags, type Message} from './netlink/message.ts'
import type {Netlink, Request} from './netlink/requests.ts'
import * as rtnetlink from './netlink/rtnetlink.ts'
import {ownChange, ownRemoval} from './own-changes.ts'

/** One interface of the machine, with its addresses of global scope. */
export interface Link {
  readonly name: string
  readonly mac: Mac | undefined
  readonly mtu: number
  readonly up: boolean
  readonly addresses: readonly InterfaceAddress[]
}

export async function observeLinks(): Promise<readonly Link[]> {
  const netlink = kernel('route')
  const addresses = Map.groupBy(dumpAddresses(netlink), ({index}) => index)
  return dumpLinks(netlink).map((row) => linkOf(row, addresses.get(row.index) ?? []))
}

export async function observeLink(name: string): Promise<Link> {
  const link = (await observeLinks()).find((found) => found.name === name)
  if (link !== undefined) return link
  throw missing(name)
}

/** Addresses come to those that it has. */
export async function putLinks(links: readonly LinkSetting[]): Promise<void> {
  const netlink = kernel('route')
  const requests = links.flatMap(({name, mtu, up, addresses}) => {
    const index = requireIndex(netlink, name)
    return [
      setLink({name, mtu, flags: up ? rtnetlink.linkUp : 0, change: rtnetlink.linkUp}, `link ${name} mtu ${mtu}`),
      ...addresses.map((address) => addAddress(index, address, `address ${address.ip}/${address.prefix} on ${name}`)),
    ]
  })
  ownChange(() => netlink.perform(requests))
}

/** Both ends of a veth go together; one that is gone already is no error. It takes the kernel about 20 ms. */
export async function removeLink(name: string): Promise<void> {
  const body = rtnetlink.link.encode({name})
  const request = {type: rtnetlink.types.delLink, body, what: `remove link ${name}`, ignores: ['ENODEV']}
  await ownRemoval(name, () => askAside([request]))
}

/** A row of the kernel's table of links. */
export type LinkRow = Decoded<typeof rtnetlink.link>

export function dumpLinks(netlink: Netlink): readonly LinkRow[] {
  return dumpLinkMessages(netlink).map((message) => rtnetlink.link.decode(message.body))
}

export function dumpLinkMessages(netlink: Netlink): readonly Message[] {
  const body = rtnetlink.link.encode({extended: rtnetlink.skipStatistics})
  return netlink.dump({type: rtnetlink.types.getLink, body, what: 'links'})
}

export function findLink(netlink: Netlink, name: string): LinkRow | undefined {
  const body = rtnetlink.link.encode({name, extended: rtnetlink.skipStatistics})
  const [row] = netlink.ask({type: rtnetlink.types.getLink, body, what: `link ${name}`, ignores: ['ENODEV']})
  return row === undefined ? undefined : rtnetlink.link.decode(row.body)
}

/** Throws MACHINE when there is no such interface. */
export function requireIndex(netlink: Netlink, name: string): number {
  const row = findLink(netlink, name)
  if (row === undefined) throw missing(name)
  return row.index
}

/** Addresses of global scope, as `ip address` shows them: the own one of a point-to-point link. */
export function dumpAddresses(netlink: Netlink): readonly (InterfaceAddress & {readonly index: number})[] {
  const rows = netlink.dump({type: rtnetlink.types.getAddress, body: rtnetlink.address.encode({}), what: 'addresses'})
  return rows.flatMap((message) => {
    const {index, prefix, scope, local, address} = rtnetlink.address.decode(message.body)
    const ip = local ?? address
    return ip === undefined || scope !== 0 ? [] : [{ip, prefix, index}]
  })
}

export function linkOf(row: LinkRow, addresses: readonly InterfaceAddress[]): Link {
  return {
    name: row.name ?? '',
    mac: row.type === rtnetlink.ethernet ? row.address : undefined,
    mtu: row.mtu ?? 0,
    up: (row.flags & rtnetlink.linkUp) !== 0,
    addresses: addresses.map(({ip, prefix}) => ({ip, prefix})),
  }
}

export function setLink(given: Parameters<typeof rtnetlink.link.encode>[0], what: string): Request {
  return {type: rtnetlink.types.newLink, body: rtnetlink.link.encode(given), what}
}

export function setLinkUp(name: string): Request {
  return setLink({name, flags: rtnetlink.linkUp, change: rtnetlink.linkUp}, `link ${name} up`)
}

/** An address that is there already is no error. */
export function addAddress(index: number, address: InterfaceAddress, what: string): Request {
  return {
    type: rtnetlink.types.newAddress,
    flags: flags.create | flags.replace,
    body: encodeAddress(index, address),
    what,
  }
}

/** An address that is gone already is no error. */
export function removeAddress(index: number, address: InterfaceAddress, what: string): Request {
  return {type: rtnetlink.types.delAddress, body: encodeAddress(index, address), what, ignores: ['EADDRNOTAVAIL']}
}

function encodeAddress(index: number, {ip, prefix}: InterfaceAddress): Buffer {
  const family = rtnetlink.families[`ipv${familyOf(ip)}`]
  return rtnetlink.address.encode({family, prefix, index, local: ip, address: ip})
}

function missing(name: string): AntctlError {
  return new AntctlError('MACHINE', `this Node has no interface ${name}`, {remedy: ['ip -brief address']})
}
