import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import * as v from 'valibot'

export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const none: Tally = {passed: 0, failed: 0, skipped: 0}

export interface VitestRun {
  readonly project: string
  readonly update?: true
  /** Where the tally goes. */
  readonly report: string
}

const root = join(import.meta.dirname, '..')

/** The command, without the Node that runs it. */
export function vitestCommand({project, update, report}: VitestRun): readonly string[] {
  return [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--project',
    project,
    ...(update === true ? ['--update'] : []),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]
}

const shape = v.object({
  numPassedTests: v.number(),
  numFailedTests: v.number(),
  numPendingTests: v.number(),
})

/** A run that died before it reported counts as one failure. */
export async function tallyOf(report: string, exitCode: number | undefined): Promise<Tally> {
  const text = await readFile(report, 'utf8').catch(() => undefined)
  if (text === undefined) return {...none, failed: 1}
  const {numPassedTests, numFailedTests, numPendingTests} = v.parse(shape, JSON.parse(text))
  const failed = exitCode !== 0 && numFailedTests === 0 ? 1 : numFailedTests
  return {passed: numPassedTests, failed, skipped: numPendingTests}
}
