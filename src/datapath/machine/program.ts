import {execFile} from 'node:child_process'
import {AntctlError} from '../../model/errors.ts'

/** Milliseconds, and bytes of what it prints: no program that is started here takes or says more. */
const patience = 20_000
const longest = 16 * 1024 * 1024

/**
 * A program of the Node, started with its arguments as they are, without a shell; answers its standard output. Throws
 * MACHINE with its last words when it is missing, fails, or goes on for too long.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  {input = ''}: {readonly input?: string} = {},
): Promise<string> {
  const {promise, resolve, reject} = Promise.withResolvers<string>()
  const child = execFile(program, [...args], {timeout: patience, maxBuffer: longest}, (error, stdout, stderr) => {
    if (error === null) return resolve(stdout)
    const missing = error.code === 'ENOENT'
    const words = missing ? 'is not there' : (stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? '')
    reject(new AntctlError('MACHINE', `${program} ${words === '' ? error.message : words}`, {cause: error}))
  })
  // One that ended before it read everything says why by itself.
  child.stdin?.on('error', () => undefined).end(input)
  return promise
}
