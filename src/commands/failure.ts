import {AntctlError, exitCodes, sentenceOf} from '../model/errors.ts'
import {printable} from '../ui/printable.ts'
import {colourLevel, themeFor} from '../ui/theme.ts'

/** Tells of an error on stderr (sentence, code, what to try) and gives the status to exit with. */
export function reportFailure(error: unknown): number {
  const status = statusOf(error)
  const silent = status === exitCodes.closedPipe || (isOclifExit(error) && status === 0) || isBare(error)
  if (!silent && !(isOclifExit(error) && error.message.startsWith('EEXIT'))) console.error(describeFailure(error))
  return status
}

/** Who pressed Ctrl-C knows it; what there is to say beside it (where a change stands) is said. */
function isBare(error: unknown): boolean {
  return error instanceof AntctlError && error.code === 'INTERRUPTED' && error.message === 'interrupted'
}

function describeFailure(error: unknown): string {
  const theme = themeFor(colourLevel(process.env, process.stderr.isTTY))
  const code = error instanceof AntctlError ? theme.faint(` (${error.code})`) : ''
  const {sentence, remedy} = explain(error)
  const head = `${theme.bad('Error:')} ${sentence}${code}`
  if (remedy.length === 0) return head
  return [head, 'Try this:', ...remedy.map((line) => `  ${printable(line)}`)].join('\n')
}

function explain(error: unknown): {readonly sentence: string; readonly remedy: readonly string[]} {
  if (error instanceof AntctlError)
    return {sentence: printable(withoutWrapping(sentenceOf(error))), remedy: error.remedy}
  if (!isOclif(error)) return {sentence: printable(sentenceOf(error)), remedy: []}
  const unknown = /^command (\S+) not found$/u.exec(error.message)?.[1]
  if (unknown !== undefined) {
    return {sentence: `there is no command ${JSON.stringify(unknown.replaceAll(':', ' '))}`, remedy: ['antctl --help']}
  }
  const lines = error.message.split('\n').filter((line) => line !== 'See more help with --help')
  return {sentence: lines.map(printable).join('\n'), remedy: [`antctl ${commandWords().join(' ')} --help`]}
}

/** oclif puts words of its own round what a flag's parser threw. */
function withoutWrapping(sentence: string): string {
  return sentence.replace(/^Parsing --\S+ /u, '').replace(/ ?See more help with --help$/u, '')
}

/** What was typed before the first flag: help knows it, whatever else follows. */
function commandWords(): readonly string[] {
  const words = process.argv.slice(2)
  const flag = words.findIndex((word) => word.startsWith('-'))
  return flag === -1 ? words : words.slice(0, flag)
}

function statusOf(error: unknown): number {
  if (error instanceof AntctlError) return error.exitCode
  if (isErrno(error) && error.code === 'EPIPE') return exitCodes.closedPipe
  if (isOclif(error)) return error.oclif.exit ?? exitCodes.usage
  return exitCodes.failed
}

interface OclifError extends Error {
  readonly oclif: {readonly exit?: number}
}

function isOclif(error: unknown): error is OclifError {
  return error instanceof Error && 'oclif' in error && typeof error.oclif === 'object' && error.oclif !== null
}

function isOclifExit(error: unknown): error is OclifError {
  return isOclif(error) && 'code' in error && error.code === 'EEXIT'
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error
}
