/**
 * The same words come again and again in a table of flows: keeps the last answers of a pure function. Full, it forgets
 * all of them, which costs less than knowing which were used last.
 */
export function remembered<T>(limit: number, make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const made = make(text)
    if (known.size >= limit) known.clear()
    known.set(text, made)
    return made
  }
}
