import {AntctlError} from '../../model/errors.ts'
import type {Diff, Kind} from './diff.ts'

/** A kind of value that several owners may want at once. */
export interface SharedKind<T> extends Kind<T> {
  /** One value that serves all of them, the same whatever their order; undefined where they exclude each other. */
  readonly fold?: (values: readonly T[]) => T | undefined
  readonly describe: (value: T) => string
}

interface Claim<T> {
  readonly owner: string
  readonly value: T
}
/** Nearly always one owner: then no list is made. */
type Held<T> = Claim<T> | readonly Claim<T>[]

/** Values that are compared at a stretch: well below a millisecond. */
const stride = 100

/** Who wants which values. A value is there as long as one owner wants it. */
export class Claims<T> {
  readonly #kind: SharedKind<T>
  readonly #held = new Map<string, Held<T>>()
  readonly #keys = new Map<string, readonly string[]>()
  /** What was in force at the last take(), for the keys that were touched since; nothing was before the first. */
  #before: Map<string, T | undefined> | undefined

  constructor(kind: SharedKind<T>) {
    this.#kind = kind
  }

  /** From now on the owner wants these and nothing else. Throws FLOW_INVALID, naming both owners, and changes nothing. */
  put(owner: string, values: readonly T[]): void {
    const before = this.#keys.get(owner)
    if (before === undefined && values.length === 0) return
    const joined = new Map<string, Held<T>>()
    for (const value of values) {
      const key = this.#kind.key(value)
      const twin = joined.get(key)
      const own = twin === undefined ? value : this.#agree([...claimsOf(twin).filter(isOf(owner)), {owner, value}])
      joined.set(key, this.#join(key, {owner, value: own}))
    }
    for (const key of before ?? []) if (!joined.has(key)) this.#leave(key, owner)
    for (const [key, held] of joined) this.#set(key, held)
    if (joined.size === 0) this.#keys.delete(owner)
    else this.#keys.set(owner, [...joined.keys()])
  }

  /** What has changed since the last call, all owners together. */
  take(): Diff<T> {
    const touched = this.#before
    this.#before = new Map()
    if (touched === undefined) return {put: this.values(), remove: []}
    const put: T[] = []
    const remove: T[] = []
    for (const [key, before] of touched) {
      const now = this.get(key)
      if (now === undefined) remove.push(...(before === undefined ? [] : [before]))
      else if (before === undefined || !this.#kind.same(before, now)) put.push(now)
    }
    return {put, remove}
  }

  /** What turns `have` into what is wanted; yields now and then, because there may be very many values. */
  *compare(have: readonly T[]): Generator<void, Diff<T>> {
    const found = new Map<string, T>()
    const remove: T[] = []
    for (const [index, value] of have.entries()) {
      const key = this.#kind.key(value)
      if (this.#held.has(key)) found.set(key, value)
      else remove.push(value)
      if (index % stride === 0) yield
    }
    const put: T[] = []
    let left = stride
    for (const [key, held] of this.#held) {
      const there = found.get(key)
      const wanted = this.#valueOf(held)
      if (there === undefined || !this.#kind.same(there, wanted)) put.push(wanted)
      left = left === 0 ? stride : left - 1
      if (left === 0) yield
    }
    return {put, remove}
  }

  get(key: string): T | undefined {
    const held = this.#held.get(key)
    return held === undefined ? undefined : this.#valueOf(held)
  }

  has(key: string): boolean {
    return this.#held.has(key)
  }

  /** Empty when nobody wants such a value. */
  ownersOf(value: T): readonly string[] {
    const held = this.#held.get(this.#kind.key(value))
    return held === undefined ? [] : claimsOf(held).map(({owner}) => owner)
  }

  values(): readonly T[] {
    return Array.from(this.#held.values(), (held) => this.#valueOf(held))
  }

  #join(key: string, claim: Claim<T>): Held<T> {
    const held = this.#held.get(key)
    if (held === undefined) return claim
    const others = claimsOf(held).filter(({owner}) => owner !== claim.owner)
    if (others.length === 0) return claim
    const all = [...others, claim].toSorted((a, b) => (a.owner < b.owner ? -1 : 1))
    this.#agree(all)
    return all
  }

  #leave(key: string, owner: string): void {
    const held = this.#held.get(key)
    const left = held === undefined ? [] : claimsOf(held).filter((claim) => claim.owner !== owner)
    this.#remember(key)
    if (left.length === 0) this.#held.delete(key)
    else this.#held.set(key, left)
  }

  #set(key: string, held: Held<T>): void {
    this.#remember(key)
    this.#held.set(key, held)
  }

  #remember(key: string): void {
    if (this.#before?.has(key) === false) this.#before.set(key, this.get(key))
  }

  #valueOf(held: Held<T>): T {
    return isList(held) ? this.#agree(held) : held.value
  }

  #agree(claims: readonly Claim<T>[]): T {
    const [first] = claims
    if (first === undefined) throw new AntctlError('FLOW_INVALID', 'a value without an owner')
    const other = claims.find(({value}) => !this.#kind.same(first.value, value))
    if (other === undefined) return first.value
    const folded = this.#kind.fold?.(claims.map(({value}) => value))
    if (folded !== undefined) return folded
    const [one, two] = [this.#kind.describe(first.value), this.#kind.describe(other.value)]
    throw new AntctlError('FLOW_INVALID', `${first.owner} wants "${one}", but ${other.owner} wants "${two}"`)
  }
}

function claimsOf<T>(held: Held<T>): readonly Claim<T>[] {
  return isList(held) ? held : [held]
}

function isList<T>(held: Held<T>): held is readonly Claim<T>[] {
  return Array.isArray(held)
}

function isOf(owner: string): (claim: Claim<unknown>) => boolean {
  return (claim) => claim.owner === owner
}
