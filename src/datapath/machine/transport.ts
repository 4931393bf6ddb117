import {mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises'
import {dirname} from 'node:path'
import * as v from 'valibot'
import {type InterfaceAddress, parseInterfaceAddress} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import {addAddress, type Link, observeLinks, removeAddress, requireIndex, setLinkUp} from './links.ts'
import {kernel} from './netlink/kernel.ts'
import {ownChange} from './own-changes.ts'
import {observeRoutes, replaceRoute} from './routes.ts'

/** What a NIC had before its addresses moved to a bridge: enough to give them back when the bridge is gone. */
export interface Move {
  readonly nic: string
  readonly addresses: readonly string[]
  readonly routes: readonly KernelRoute[]
}

const moveFile = '/var/run/antrea/transport.json'
const moveSchema = v.object({
  nic: v.string(),
  addresses: v.array(v.string()),
  routes: v.array(
    v.object({
      to: v.string(),
      dev: v.string(),
      via: v.exactOptional(v.string()),
      src: v.exactOptional(v.string()),
      onlink: v.exactOptional(v.boolean()),
      protocol: v.exactOptional(v.string()),
      scope: v.exactOptional(v.string()),
      metric: v.exactOptional(v.number()),
      mtu: v.exactOptional(v.number()),
    }),
  ),
})

/**
 * The userspace datapath owns a tunnel address only on a bridge of its own. So the addresses and routes of the transport
 * NIC move to that bridge's device, and back: at once, the new place first, so that no moment is without. `remembered`
 * stands in for a source that is gone.
 */
export async function moveAddresses({
  from,
  to,
  remembered,
}: {
  readonly from: string
  readonly to: string
  readonly remembered?: Move
}): Promise<void> {
  const links = await observeLinks()
  const target = links.find(({name}) => name === to)
  if (target === undefined) return
  const source = links.find(({name}) => name === from)
  const held = source === undefined || source.addresses.length === 0 ? [] : await observeRoutes(from)
  const kept = (remembered?.addresses ?? []).map(parseInterfaceAddress)
  const addresses = source === undefined || source.addresses.length === 0 ? kept : source.addresses
  const routes = held.length === 0 ? (remembered?.routes ?? []) : held
  const origin = source ?? {name: from, mac: undefined, mtu: target.mtu, up: false, addresses: []}
  const steps = movesOf({...origin, addresses}, target, routes, {sourceHolds: (source?.addresses.length ?? 0) > 0})
  if (steps.length > 0) ownChange(() => performMoves(steps))
}

/** One step of a move; `add` and `remove` are of addresses. */
export type MoveStep =
  | {readonly kind: 'up'; readonly dev: string}
  | {readonly kind: 'add' | 'remove'; readonly dev: string; readonly address: InterfaceAddress}
  | {readonly kind: 'route'; readonly route: KernelRoute}

/** The steps of one move (pure); none when there is nothing left to move. */
export function movesOf(
  source: Link,
  target: Link,
  routes: readonly KernelRoute[],
  {sourceHolds = true}: {readonly sourceHolds?: boolean} = {},
): readonly MoveStep[] {
  const held = new Set(target.addresses.map(describeAddress))
  return [
    ...(target.up ? [] : [{kind: 'up', dev: target.name} as const]),
    ...source.addresses
      .filter((address) => !held.has(describeAddress(address)))
      .map((address) => ({kind: 'add', dev: target.name, address}) as const),
    ...(sourceHolds ? source.addresses.map((address) => ({kind: 'remove', dev: source.name, address}) as const) : []),
    // A router behind a /32 is reached by a route of its own, which must be there before those that go by it.
    ...routes
      .filter(({protocol}) => protocol !== 'kernel')
      .toSorted((x, y) => Number(x.via !== undefined) - Number(y.via !== undefined))
      .map((route) => ({kind: 'route', route: {...route, dev: target.name}}) as const),
  ]
}

function performMoves(steps: readonly MoveStep[]): void {
  const netlink = kernel('route')
  netlink.perform(
    steps.map((step) => {
      switch (step.kind) {
        case 'up':
          return setLinkUp(step.dev)
        case 'add':
          return addAddress(
            requireIndex(netlink, step.dev),
            step.address,
            `address ${describeAddress(step.address)} to ${step.dev}`,
          )
        case 'remove':
          return removeAddress(
            requireIndex(netlink, step.dev),
            step.address,
            `address ${describeAddress(step.address)} from ${step.dev}`,
          )
        case 'route':
          return replaceRoute(step.route, requireIndex(netlink, step.route.dev))
      }
    }),
  )
}

function describeAddress({ip, prefix}: InterfaceAddress): string {
  return `${ip}/${prefix}`
}

/** Written before the first move, from the NIC as it then is; a second call changes nothing. */
export async function rememberMove(nic: Link): Promise<void> {
  if (nic.addresses.length === 0) return
  const addresses = nic.addresses.map(({ip, prefix}) => `${ip}/${prefix}`)
  const routes = (await observeRoutes(nic.name)).filter(({protocol}) => protocol !== 'kernel')
  await mkdir(dirname(moveFile), {recursive: true})
  await writeFile(`${moveFile}.tmp`, JSON.stringify({nic: nic.name, addresses, routes} satisfies Move))
  await rename(`${moveFile}.tmp`, moveFile)
}

export async function recallMove(): Promise<Move | undefined> {
  const text = await readFile(moveFile, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : v.parse(moveSchema, JSON.parse(text))
}

export async function forgetMove(): Promise<void> {
  await rm(moveFile, {force: true})
}
