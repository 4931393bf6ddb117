const bars = '▁▂▃▄▅▆▇█'

/** The newest values as bars, the highest of them the tallest; a gap where nothing is known. */
export function sparkline(values: readonly (number | undefined)[], width: number): string {
  const shown = values.slice(-width)
  const highest = Math.max(0, ...shown.map((value) => value ?? 0))
  return shown.map((value) => (value === undefined ? ' ' : barOf(value, highest))).join('')
}

/** Nothing is the lowest bar, and whatever is not nothing is higher. */
function barOf(value: number, highest: number): string {
  if (value <= 0 || highest <= 0) return bars.charAt(0)
  return bars.charAt(Math.max(1, Math.round((value / highest) * (bars.length - 1))))
}
