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

/** Lines for `ip -batch -`; nothing is started for no lines. In the network namespace at `netns` when it is given. */
export async function runIpBatch(
  lines: readonly string[],
  {force = false, netns}: {readonly force?: boolean; readonly netns?: string} = {},
): Promise<void> {
  if (lines.length === 0) return
  const args = [...(force ? ['-force'] : []), '-batch', '-']
  const input = `${lines.join('\n')}\n`
  if (netns === undefined) await runProgram('ip', args, {input})
  else await runProgram('nsenter', [`--net=${netns}`, 'ip', ...args], {input})
}
