import * as v from 'valibot'
import {type InterfaceAddress, type Mac, parseIp, parseMac} from '../../model/address.ts'
import {AntctlError} from '../../model/errors.ts'
import type {LinkSetting} from '../host/state.ts'
import {runIpBatch, runProgram} from './program.ts'

/** One interface of the machine, with its addresses of global scope. */
export interface Link {
  readonly name: string
  readonly mac: Mac | undefined
  readonly mtu: number
  readonly up: boolean
  readonly addresses: readonly InterfaceAddress[]
}

/** A row of `ip -j address show`. */
const rowSchema = v.object({
  ifname: v.optional(v.string()),
  flags: v.optional(v.array(v.string()), []),
  mtu: v.optional(v.number(), 0),
  address: v.optional(v.string()),
  link_type: v.optional(v.string()),
  addr_info: v.optional(
    v.array(
      v.object({local: v.optional(v.string()), prefixlen: v.optional(v.number(), 32), scope: v.optional(v.string())}),
    ),
    [],
  ),
})

export async function observeLinks(): Promise<readonly Link[]> {
  const rows = v.parse(v.array(rowSchema), JSON.parse(await runProgram('ip', ['-j', 'address', 'show'])))
  return rows.flatMap(({ifname, flags, mtu, address, link_type, addr_info}) => {
    if (ifname === undefined) return []
    const addresses = addr_info
      .filter(({local, scope}) => local !== undefined && scope === 'global')
      .map(({local, prefixlen}) => ({ip: parseIp(local ?? ''), prefix: prefixlen}))
    const mac = link_type === 'ether' && address !== undefined ? parseMac(address) : undefined
    return [{name: ifname, mac, mtu, up: flags.includes('UP'), addresses}]
  })
}

export async function observeLink(name: string): Promise<Link> {
  const link = (await observeLinks()).find((found) => found.name === name)
  if (link !== undefined) return link
  throw new AntctlError('MACHINE', `this Node has no interface ${name}`, {remedy: ['ip -brief address']})
}

export async function putLinks(links: readonly LinkSetting[]): Promise<void> {
  await runIpBatch(links.map(({name, mtu}) => `link set ${name} mtu ${mtu}`))
}
