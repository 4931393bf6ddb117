import {type Ip, isIpText, parseIp} from '../../model/address.ts'
import type {KernelWay} from '../../model/agent-api.ts'
import type {Control} from '../../datapath/ovsdb/control.ts'

/** The userspace datapath sends what it tunnels by a table and by neighbours of its own (lib/ovs-router.c, tnl-neigh-cache.c). */
export async function lookupInSwitch(to: Ip, control: Pick<Control, 'run'>): Promise<Omit<KernelWay, 'transport'>> {
  const [found, neighbours] = await Promise.all([
    control.run('ovs/route/lookup', [to]).catch(() => ''),
    control.run('tnl/neigh/show').catch(() => ''),
  ])
  const way = parseLookup(found)
  if (way === undefined) return {refusal: 'ENETUNREACH'}
  const {via, dev, src} = way
  const ip = via === undefined ? to : parseIp(via)
  const mac = macIn(neighbours, ip, dev)
  return {
    route: {to: `${to}/32`, dev, ...(via !== undefined && {via}), ...(src !== undefined && {src})},
    neighbour: {ip, ...(mac !== undefined && {mac})},
  }
}

/** "src 172.30.1.11\ngateway 172.30.1.1\ndev br-phy": the gateway is "::" for a neighbour. */
export function parseLookup(
  text: string,
): {readonly dev: string; readonly via?: string; readonly src?: string} | undefined {
  const word = (name: string) => new RegExp(`^${name} (\\S+)$`, 'mu').exec(text)?.[1]
  const [dev, via, src] = [word('dev'), word('gateway'), word('src')]
  if (dev === undefined) return undefined
  const isAddress = (address: string | undefined) =>
    address !== undefined && isIpText(address) && address !== '::' && address !== '0.0.0.0'
  return {dev, ...(isAddress(via) && via !== undefined && {via}), ...(isAddress(src) && src !== undefined && {src})}
}

/** Rows of "IP MAC Bridge" under a heading. */
function macIn(text: string, ip: Ip, dev: string): string | undefined {
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/u))
  return rows.find(([address, , bridge]) => address === ip && bridge === dev)?.[1]
}
