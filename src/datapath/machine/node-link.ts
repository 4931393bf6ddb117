import type {NodeLink} from '../../model/agent-api.ts'
import {findLink} from './links.ts'
import {kernel} from './netlink/kernel.ts'
import {linkCarrier, linkUp} from './netlink/rtnetlink.ts'

/** As the kernel has it now; undefined: there is no such interface. */
export function observeNodeLink(name: string): NodeLink | undefined {
  const row = findLink(kernel('route'), name)
  if (row === undefined) return undefined
  return {
    name,
    ...(row.address !== undefined && {mac: row.address}),
    mtu: row.mtu ?? 0,
    up: (row.flags & linkUp) !== 0,
    carrier: (row.flags & linkCarrier) !== 0,
  }
}
