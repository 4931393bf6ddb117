export interface Diff<T> {
  /** Missing, or there under the same key but different: putting it makes it so. */
  readonly put: readonly T[]
  /** There, but wanted by nobody. */
  readonly remove: readonly T[]
}

/** How values of one kind are told apart. */
export interface Kind<T> {
  /** Two values of one key cannot be there at once. */
  readonly key: (value: T) => string
  readonly same: (a: T, b: T) => boolean
}

/** What turns `have` into `want`. Of several values of one key the last counts. */
export function diff<T>({key, same}: Kind<T>, have: readonly T[], want: readonly T[]): Diff<T> {
  const present = new Map(have.map((value) => [key(value), value]))
  const wanted = new Map(want.map((value) => [key(value), value]))
  return {
    put: [...wanted].flatMap(([id, value]) => {
      const there = present.get(id)
      return there !== undefined && same(there, value) ? [] : [value]
    }),
    remove: [...present].flatMap(([id, value]) => (wanted.has(id) ? [] : [value])),
  }
}
