/** Longer names are compared by their beginning only. */
const compared = 64

/** The candidate with the fewest typing errors between, and how many those are; undefined without candidates. */
export function nearest(
  name: string,
  candidates: readonly string[],
): {readonly name: string; readonly distance: number} | undefined {
  const given = name.slice(0, compared).toLowerCase()
  let best: {readonly name: string; readonly distance: number} | undefined
  for (const candidate of candidates) {
    // What is that much longer or shorter cannot be nearer.
    if (best !== undefined && Math.abs(candidate.length - given.length) >= best.distance) continue
    const distance = typingErrors(given, candidate.toLowerCase())
    if (best === undefined || distance < best.distance) best = {name: candidate, distance}
  }
  return best
}

/** Letters wrong, missing, too many, or two in a row exchanged (optimal string alignment). */
export function typingErrors(a: string, b: string): number {
  let before: readonly number[] = []
  let above: readonly number[] = Array.from({length: b.length + 1}, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        (above[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (above[j - 1] ?? 0) + (same ? 0 : 1),
        exchanged ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = above
    above = row
  }
  return above[b.length] ?? 0
}
