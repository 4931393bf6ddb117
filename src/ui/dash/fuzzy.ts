/** Names that have the letters of `typed` in this order, the closest first; all where nothing is typed. */
export function fuzzy(typed: string, names: readonly string[]): readonly string[] {
  const wanted = typed.toLowerCase().replaceAll(' ', '')
  return names
    .map((name) => ({name, span: spanOf(wanted, name.toLowerCase())}))
    .filter(({span}) => span !== undefined)
    .toSorted((a, b) => (a.span ?? 0) - (b.span ?? 0))
    .map(({name}) => name)
}

/** How far the letters lie apart, at best; then how late they begin. */
function spanOf(wanted: string, name: string): number | undefined {
  let best: number | undefined
  for (let start = name.indexOf(wanted.charAt(0)); start !== -1; start = name.indexOf(wanted.charAt(0), start + 1)) {
    const end = endOf(wanted, name, start)
    if (end === undefined) break
    const span = (end - start) * 1_000 + start
    if (best === undefined || span < best) best = span
    if (wanted === '') break
  }
  return best
}

function endOf(wanted: string, name: string, start: number): number | undefined {
  let at = start
  for (const letter of wanted) {
    const found = name.indexOf(letter, at)
    if (found === -1) return undefined
    at = found + 1
  }
  return at
}
