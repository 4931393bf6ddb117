import {writeFile} from 'node:fs/promises'
import {AntctlError, sentenceOf} from '../model/errors.ts'

/** A file that the caller named. */
export async function save(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (error) {
    throw new AntctlError('USAGE', `${file} cannot be written: ${sentenceOf(error)}`)
  }
}
