import {AntctlError} from '../../model/errors.ts'
import type {Flow} from '../openflow/flow.ts'

/** Numbers by which flows name something that has no name in OpenFlow. */
export const idKinds = {
  conjunction: {most: 0xffff_fffe, use: /^conjunction\((\d+),/u, match: 'conj_id'},
  group: {most: 0xffff_ff00, use: /^group:(\d+)$/u, match: undefined},
  meter: {most: 0xffff_0000, use: /^meter:(\d+)$/u, match: undefined},
} as const
export type IdKind = keyof typeof idKinds

/** Which number each name has. A number given back rests as long as possible: a flow on its way out may still say it. */
export class Ids {
  readonly #most: number
  readonly #byName: Map<string, number>
  readonly #taken: Set<number>
  #last: number

  /** `known` is what the flows of an earlier process say (recoverIds). Numbers are 1 to `most`. */
  constructor(known: ReadonlyMap<string, number> = new Map(), most: number = idKinds.conjunction.most) {
    this.#most = most
    this.#byName = new Map(known)
    this.#taken = new Set(known.values())
    this.#last = Math.max(0, ...known.values())
  }

  /** The number of this name, a new one if it has none. Throws MACHINE when all are taken. */
  of(name: string): number {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    if (this.#taken.size >= this.#most) throw new AntctlError('MACHINE', `all ${this.#most} numbers are taken`)
    do this.#last = (this.#last % this.#most) + 1
    while (this.#taken.has(this.#last))
    this.#byName.set(name, this.#last)
    this.#taken.add(this.#last)
    return this.#last
  }

  release(name: string): void {
    const id = this.#byName.get(name)
    if (id === undefined) return
    this.#byName.delete(name)
    this.#taken.delete(id)
  }
}

/**
 * The numbers in use after a restart: a flow that says a number and carries a note says whose it is. Of a conjunction it
 * is the flow that matches conj_id; those that only take part in it may belong to several.
 */
export function recoverIds(kind: IdKind, flows: readonly Flow[]): ReadonlyMap<string, number> {
  const {use, match} = idKinds[kind]
  const found = new Map<string, number>()
  for (const flow of flows) {
    const name = noted(flow)
    const said =
      match === undefined ? flow.actions.flatMap((action) => use.exec(action)?.[1] ?? [])[0] : flow.match[match]
    if (name !== undefined && said !== undefined) found.set(name, Number(said))
  }
  return found
}

/**
 * ovs-actions(7), "note": does nothing but be there. Filled up with zeros as Open vSwitch does: the action's header has
 * ten bytes, and its length is a multiple of eight.
 */
export function noteOf(name: string): string {
  const bytes = Buffer.from(name)
  const filled = Buffer.concat([bytes, Buffer.alloc((14 - (bytes.length % 8)) % 8)])
  return `note:${filled.toString('hex').replaceAll(/..(?!$)/gu, '$&.')}`
}

function noted({actions}: Flow): string | undefined {
  const note = actions.find((action) => action.startsWith('note:'))
  if (note === undefined) return undefined
  const text = Buffer.from(note.slice('note:'.length).replaceAll('.', ''), 'hex').toString()
  return text.replace(/\0+$/u, '')
}
