import {exitCodes} from '../model/errors.ts'

/** Who reads no further (`… | head`) has seen enough: no word about it, and the status that a shell gives for it. */
export function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) =>
      process.exit(error.code === 'EPIPE' ? exitCodes.closedPipe : exitCodes.failed),
    )
  }
}
