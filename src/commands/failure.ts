import {AntctlError, exitCodes, sentenceOf} from '../model/errors.ts'
import {printable} from '../ui/printable.ts'
import {colourLevel, themeFor} from '../ui/theme.ts'

/** Tells of an error on stderr (sentence, code, what to try) and gives the status to exit with. */
export function reportFailure(error: unknown): number {
  const status = statusOf(error)
  const silent = status === exitCodes.closedPipe || (isOclifExit(error) && status === 0)
  if (!silent && !(isOclifExit(error) && error.message.startsWith('EEXIT'))) console.error(describeFailure(error))
  return status
}

function describeFailure(error: unknown): string {
  const theme = themeFor(colourLevel(process.env, process.stderr.isTTY))
  const code = error instanceof AntctlError ? theme.faint(` (${error.code})`) : ''
  const remedies = error instanceof AntctlError ? error.remedy : []
  const head = `${theme.bad('Error:')} ${sentenceLines(error)}${code}`
  if (remedies.length === 0) return head
  return [head, 'Try this:', ...remedies.map((remedy) => `  ${printable(remedy)}`)].join('\n')
}

/** oclif's own sentences have lines ("See more help with --help"); ours have one. */
function sentenceLines(error: unknown): string {
  if (!isOclif(error)) return printable(sentenceOf(error))
  return error.message.split('\n').map(printable).join('\n')
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
