/** Tells a person what goes on and how long it took, on stderr. */
export interface Progress {
  readonly line: (text: string) => void
  /** Runs a step, then says its name and its seconds. */
  readonly step: <T>(name: string, work: () => Promise<T>) => Promise<T>
}

export function progressOnStderr(): Progress {
  const start = performance.now()
  const line = (text: string): void => void process.stderr.write(`${text}\n`)
  return {
    line,
    step: async (name, work) => {
      const began = performance.now()
      const result = await work()
      const now = performance.now()
      line(`${seconds(now - start)} ${name} (${seconds(now - began).trim()})`)
      return result
    },
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1).padStart(6)} s`
}
