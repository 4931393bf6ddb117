export type Random = () => number

/** xorshift32: the same seed gives the same run. TEST_SEED overrides it; whatever it is gets printed. */
export function seeded(): Random {
  let state = Number(process.env['TEST_SEED'] ?? 1 + Math.floor(Math.random() * 0x7fff_fffe))
  console.log(`TEST_SEED=${state}`)
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** So many different ones of these, in their order. */
export function sample<T>(items: readonly T[], count: number, random: Random): readonly T[] {
  const chosen = new Set(drawn(items, random).slice(0, count))
  return items.filter((item) => chosen.has(item))
}

/** All of these in a random order. */
export function drawn<T>(items: readonly T[], random: Random): readonly T[] {
  const lots = items.map((item) => ({item, lot: random()})).toSorted((a, b) => a.lot - b.lot)
  return lots.map(({item}) => item)
}

/** How much of it: the full number, or TEST_SIZE. */
export function size(full: number): number {
  return Number(process.env['TEST_SIZE'] ?? full)
}
