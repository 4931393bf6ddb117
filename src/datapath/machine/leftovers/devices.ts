import {names} from '../../../model/names.ts'
import {dumpLinks, findLink, removeLink} from '../links.ts'
import {dumpNeighbourMessages} from '../neighbours.ts'
import {kernel} from '../netlink/kernel.ts'
import * as rtnetlink from '../netlink/rtnetlink.ts'
import type {Swept} from './remove.ts'

/** WireGuard's tunnel, and what holds the addresses of Egresses, in VLANs as well. */
const devices = /^antrea-(?:wg0|egress0|ext\.\d+)$/u

/** Upstream's own devices, and the gateway's neighbours that it made for good: none of ours wears its virtual MAC. */
export async function removeDevices(): Promise<Swept> {
  const netlink = kernel('route')
  const present = dumpLinks(netlink).flatMap(({name = ''}) => (devices.test(name) ? [name] : []))
  for (const name of present) await removeLink(name)
  return {removed: [...present.map((name) => `device ${name}`), ...removeNeighbours()], left: []}
}

function removeNeighbours(): readonly string[] {
  const netlink = kernel('route')
  const gateway = findLink(netlink, names.gatewayPort)?.index
  const rows = dumpNeighbourMessages(netlink)
    .map((message) => rtnetlink.neighbour.decode(message.body))
    .filter(({index, mac, state}) => index === gateway && mac === names.virtualMac && isForGood(state))
  return rows.map((row) => {
    const what = `neighbour ${row.to} of ${names.gatewayPort}`
    const body = rtnetlink.neighbour.encode(row)
    netlink.perform([{type: rtnetlink.types.delNeighbour, body, what, ignores: ['ENOENT']}])
    return what
  })
}

function isForGood(state: number): boolean {
  return (state & rtnetlink.neighbourStates.permanent) !== 0
}
