/** One metric of the Prometheus text format: prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4. */
export interface Metric {
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter' | 'summary'
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
  /** Of a summary: its _sum or _count instead of a quantile. */
  readonly suffix?: '_sum' | '_count'
}

export const expositionType = 'text/plain; version=0.0.4; charset=utf-8'

/** Metrics without a sample are left out. */
export function printMetrics(metrics: readonly Metric[]): string {
  return metrics
    .filter(({samples}) => samples.length > 0)
    .flatMap(({name, help, type, samples}) => [
      `# HELP ${name} ${help.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`)}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(({labels = {}, value, suffix = ''}) => `${name}${suffix}${printLabels(labels)} ${value}`),
    ])
    .map((line) => `${line}\n`)
    .join('')
}

function printLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeValue(value: string): string {
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
}
