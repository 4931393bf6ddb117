import {execa} from 'execa'
import {AntctlError, sentenceOf} from '../../model/errors.ts'

/** Runs one program of the machine, never through a shell; throws MACHINE with its own words. */
export async function runProgram(
  program: string,
  args: readonly string[],
  {input = '', timeout = 10_000}: {readonly input?: string; readonly timeout?: number} = {},
): Promise<string> {
  const result = await execa(program, args, {
    input,
    timeout,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 64 * 1024 * 1024,
  })
  if (!result.failed) return result.stdout
  const said = result.stderr.trim() === '' ? result.message : result.stderr
  throw new AntctlError('MACHINE', `${[program, ...args].join(' ')}: ${sentenceOf(said).slice(0, 500)}`)
}
