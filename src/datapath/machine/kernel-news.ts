import {nftTable} from '../host/nft.ts'
import {isPeerTable} from '../host/peer-tables.ts'
import type {Message} from './netlink/message.ts'
import * as nf from './netlink/nf-tables.ts'
import * as rtnetlink from './netlink/rtnetlink.ts'

/** What of the kernel changed, as far as it is looked at together. */
export type KernelPart = 'routes' | 'links' | 'settings' | 'neighbours' | 'nft'

/**
 * Says of each message of the kernel which parts changed by it: it remembers links and neighbours, because the kernel tells
 * of each of their breaths (a neighbour asked again, a carrier, a counter) and few of them change anything.
 */
export class KernelNews {
  readonly #links = new Map<number, string>()
  readonly #settings = new Map<number, string>()
  readonly #neighbours = new Map<string, string>()
  /** Names of links that this process is taking away. */
  readonly #leaving: ReadonlySet<string>

  constructor(leaving: ReadonlySet<string>) {
    this.#leaving = leaving
  }

  ofRoute(message: Message): readonly KernelPart[] {
    const {types} = rtnetlink
    switch (message.type) {
      case types.newLink:
        return this.#link(message)
      case types.delLink:
        return this.#linkGone(message)
      case types.newAddress:
      case types.delAddress:
        // The kernel says nothing of the routes that go with an address.
        return ['links', 'routes']
      case types.newNeighbour:
      case types.delNeighbour:
        return this.#neighbour(message)
      case types.newSettings:
        return this.#setting(message)
      case types.newRoute:
      case types.delRoute:
        return isLookedAt(message) ? ['routes'] : []
      case types.newRule:
      case types.delRule:
        return isPeerTable(rtnetlink.rule.decode(message.body).table) ? ['routes'] : []
      default:
        return []
    }
  }

  ofNetfilter({type, body}: Message): readonly KernelPart[] {
    // A new generation names no table. In all other messages the table's name is the first attribute.
    if (type === nf.types.newGeneration) return []
    return nf.table.decode(body).name === nftTable ? ['nft'] : []
  }

  #link({body}: Message): readonly KernelPart[] {
    const {index, family, name = '', mtu, address, flags, alias} = rtnetlink.link.decode(body)
    // A bridge tells of its ports in other words.
    if (family !== rtnetlink.families.any) return []
    const isUp = (flags & rtnetlink.linkUp) !== 0
    const now = JSON.stringify([name, mtu, address, isUp, alias?.toString('hex')])
    const before = this.#links.get(index)
    this.#links.set(index, now)
    // One that is taken away goes down first.
    if (now === before || this.#leaving.has(name)) return []
    // Routes go silently with a device that goes down.
    return isUp ? ['links'] : ['links', 'routes']
  }

  #linkGone({body}: Message): readonly KernelPart[] {
    const {index, name = '', family} = rtnetlink.link.decode(body)
    if (family !== rtnetlink.families.any) return []
    this.#links.delete(index)
    this.#settings.delete(index)
    return this.#leaving.has(name) ? [] : ['links', 'routes']
  }

  /** A new device has its settings before it is told of; what one had when we began to listen is unknown. */
  #setting({body}: Message): readonly KernelPart[] {
    const {family, index, ...values} = rtnetlink.settings.decode(body)
    if (family !== rtnetlink.families.ipv4 || index === undefined) return []
    const isKnown = index === rtnetlink.everyInterface || this.#links.has(index)
    const before = this.#settings.get(index)
    const now = JSON.stringify({...(before !== undefined && JSON.parse(before)), ...values})
    this.#settings.set(index, now)
    return isKnown && now !== before ? ['settings'] : []
  }

  #neighbour({type, body}: Message): readonly KernelPart[] {
    const {index, family, to, mac, state} = rtnetlink.neighbour.decode(body)
    if (family !== rtnetlink.families.ipv4 || to === undefined) return []
    const isKnown = type === rtnetlink.types.newNeighbour && (state & rtnetlink.neighbourStates.failed) === 0
    const [key, now] = [`${index} ${to}`, isKnown ? (mac ?? '') : '']
    const before = this.#neighbours.get(key) ?? ''
    if (now === '') this.#neighbours.delete(key)
    else this.#neighbours.set(key, now)
    return now === before ? [] : ['neighbours']
  }
}

function isLookedAt({body}: Message): boolean {
  const {table: long, table8, family} = rtnetlink.route.decode(body)
  const table = long ?? table8
  return family === rtnetlink.families.ipv4 && (table === rtnetlink.mainTable || isPeerTable(table))
}
