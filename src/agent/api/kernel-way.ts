import {contains, type Ip, isIpText, parseCidr, parseIp} from '../../model/address.ts'
import type {KernelRoute, KernelWay, NodeLink} from '../../model/agent-api.ts'
import {AntctlError} from '../../model/errors.ts'
import {names} from '../../model/names.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import {warmNeighbours} from '../../datapath/machine/neighbours.ts'
import {observeNft} from '../../datapath/machine/nft.ts'
import {observeNodeLink} from '../../datapath/machine/node-link.ts'
import {askRoute, type RouteAnswer} from '../../datapath/machine/route-answer.ts'
import type {Control} from '../../datapath/ovsdb/control.ts'
import {rowOf} from './routes.ts'
import {lookupInSwitch} from './switch-way.ts'

export interface KernelWayFacts {
  readonly wiring: NodeWiring
  readonly control: Pick<Control, 'run'>
}

/** The answer to GET /v1/kernelway; throws USAGE. */
export async function kernelWay(query: URLSearchParams, {wiring, control}: KernelWayFacts): Promise<KernelWay> {
  const to = addressIn(query, 'destination')
  if (to === undefined) throw new AntctlError('USAGE', 'destination= must be an address')
  const from = addressIn(query, 'source')
  const transport = {nic: linkOf(wiring.transportInterface), device: linkOf(wiring.transportDevice)}
  if (query.get('outer') === 'true' && wiring.datapath === 'netdev')
    return {...(await lookupInSwitch(to, control)), transport}
  const incoming = deviceOf(query.get('in') ?? '', from, wiring)
  const answer = askRoute({to, from, in: incoming})
  const route = answer.route ?? (await rowOf(to))
  const leaves = answer.refusal === undefined ? route : undefined
  const link = leaves === undefined ? undefined : observeNodeLink(leaves.dev)
  const neighbour = leaves === undefined || isHere(leaves) ? undefined : await neighbourOf(leaves, to)
  const masquerade =
    from === undefined || leaves === undefined || isHere(leaves) ? undefined : await masqueradeOf(from, to, leaves)
  return {
    ...answer,
    ...(route !== undefined && {route}),
    ...(link !== undefined && {link}),
    ...(neighbour !== undefined && {neighbour}),
    ...(masquerade !== undefined && {masquerade}),
    transport,
  }
}

function addressIn(query: URLSearchParams, name: string): Ip | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (isIpText(text) && !text.includes(':')) return parseIp(text)
  throw new AntctlError('USAGE', `${name}=${JSON.stringify(text)} is no IPv4 address`)
}

function deviceOf(by: string, from: Ip | undefined, wiring: NodeWiring): string | undefined {
  if (by === '') return undefined
  if (from === undefined) throw new AntctlError('USAGE', 'a packet that comes in has a source')
  if (by === 'gateway') return names.gatewayPort
  if (by === 'transport') return wiring.transportDevice
  // Whatever comes from outside comes in where answers to it would leave.
  if (by === 'outside') return askRoute({to: from}).route?.dev ?? wiring.transportDevice
  throw new AntctlError('USAGE', `in=${JSON.stringify(by)} is none of gateway, transport, outside`)
}

function linkOf(name: string): NodeLink {
  return observeNodeLink(name) ?? {name, mtu: 0, up: false, carrier: false}
}

function isHere({type}: KernelRoute): boolean {
  return type === 'local'
}

async function neighbourOf({via, dev}: KernelRoute, to: Ip): Promise<KernelWay['neighbour']> {
  // Of br-int only the switch knows who is there.
  if (dev === names.gatewayPort) return undefined
  const ip = via === undefined ? to : parseIp(via)
  const mac = (await warmNeighbours([{ip, dev}])).get(`${dev} ${ip}`)
  return {ip, ...(mac !== undefined && {mac})}
}

/** As our table has the rule now, not as it should be. */
async function masqueradeOf(from: Ip, to: Ip, {dev}: KernelRoute): Promise<KernelWay['masquerade']> {
  const {rules, podCidrs} = await observeNft()
  const rule = rules.split('\n').find((line) => / masquerade\b/u.test(line))
  const range = /\bip saddr (\S+)/u.exec(rule ?? '')?.[1]
  if (rule === undefined || range === undefined || !contains(parseCidr(range), from)) return undefined
  if (dev === names.gatewayPort || podCidrs.some((cidr) => contains(cidr, to))) return undefined
  const {source}: RouteAnswer = askRoute({to})
  return {...(source !== undefined && {source}), rule: rule.replace(/^add rule /u, '')}
}
