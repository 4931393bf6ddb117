import {join} from 'node:path'
import {exitCodes} from '../model/errors.ts'
import {endQuietlyOnClosedPipe} from './closed-pipe.ts'
import {commandOf} from './command-id.ts'
import {keepCompiledCode} from './compile-cache.ts'
import {reportFailure} from './failure.ts'
import {commands} from './index.ts'
import {NotPlain} from './plain/tables.ts'

/**
 * The shipped antctl: a plain command line is read by the command's own tables, without oclif, which takes as long to start
 * as all the rest; every other one, and whatever asks for help or is wrong, is oclif's.
 */
Object.assign(globalThis, {
  antctlLate: (name: string) => {
    keepCompiledCode()
    return import(join(process.execPath, '..', 'late', name))
  },
})

/** At the end of its command the process ends: Node would give its memory back piece by piece, which takes some milliseconds. */
export function start(argv: readonly string[]): void {
  void run(argv).then((status) => process.exit(status))
}

export async function run(argv: readonly string[]): Promise<number> {
  const status = await runPlain(argv)
  if (status !== undefined) return status
  const {runAntctl} = await import('./run.ts')
  return runAntctl(argv)
}

async function runPlain(argv: readonly string[]): Promise<number | undefined> {
  const named = commandOf(argv)
  if (named === undefined) return undefined
  endQuietlyOnClosedPipe()
  try {
    const command = await commands[named.id]()
    command.id = named.id
    await command.run([...named.words])
    return Number(process.exitCode ?? exitCodes.ok)
  } catch (error) {
    return error instanceof NotPlain ? undefined : reportFailure(error)
  }
}
