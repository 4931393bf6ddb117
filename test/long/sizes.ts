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
  const drawn = items.map((item) => ({item, lot: random()})).toSorted((a, b) => a.lot - b.lot)
  const chosen = new Set(drawn.slice(0, count).map(({item}) => item))
  return items.filter((item) => chosen.has(item))
}

/** How much of it: the full number, or TEST_SIZE. */
export function size(full: number): number {
  return Number(process.env['TEST_SIZE'] ?? full)
}
