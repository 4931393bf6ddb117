export interface Metric {
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** The text that Prometheus reads (its exposition format 0.0.4) → samples; comments and lines that are none are left out. */
export function parseMetrics(text: string): readonly Metric[] {
  return text.split('\n').flatMap((line) => {
    const [, metric, labels = '', value = ''] =
      /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$/u.exec(line) ?? []
    const number = numberOf(value)
    return metric === undefined || Number.isNaN(number) ? [] : [{metric, labels: labelsOf(labels), value: number}]
  })
}

function numberOf(text: string): number {
  const infinity = /^([+-]?)Inf$/u.exec(text)
  return infinity === null ? Number(text) : infinity[1] === '-' ? -Infinity : Infinity
}

const escapes: Readonly<Record<string, string>> = {n: '\n', '"': '"', '\\': '\\'}

function labelsOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.matchAll(/([A-Za-z_]\w*)="((?:\\.|[^"\\])*)"/gu)
  return Object.fromEntries(
    [...pairs].map(([, name = '', value = '']) => [
      name,
      value.replaceAll(/\\(.)/gu, (whole, letter: string) => escapes[letter] ?? whole),
    ]),
  )
}
