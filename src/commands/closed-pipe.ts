import {exitCodes} from '../model/errors.ts'

/** While something goes on that nobody should break off by not reading: it takes note of the first failure. */
let noted: ((error: Error) => void) | undefined

/**
 * Who reads no further (`… | head`) has seen enough: no word about it, and the status that a shell gives for it. A full disk
 * ends it with a sentence.
 */
export function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    // What others put there throws where nobody catches.
    stream.removeAllListeners('error')
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (noted !== undefined) return noted(error)
      if (error.code === 'EPIPE') process.exit(exitCodes.closedPipe)
      if (stream === process.stdout) process.stderr.write(`Error: nothing can be written: ${error.message} (FILE)\n`)
      process.exit(exitCodes.failed)
    })
  }
}

/** Goes on whether or not somebody reads, or the disk has room; the answer: what became of the streams meanwhile. */
export async function whoeverReads(
  work: () => Promise<void>,
  onFailure: (error: Error) => void = () => undefined,
): Promise<Error | undefined> {
  let first: Error | undefined
  noted = (error) => {
    first ??= error
    onFailure(error)
  }
  try {
    await work()
  } finally {
    noted = undefined
  }
  return first
}
