import {randomBytes} from 'node:crypto'
import {open, realpath, rename, rm, stat} from 'node:fs/promises'
import {AntctlError, sentenceOf} from '../../model/errors.ts'

/** Bytes: the plan of some thousand Nodes is a few million. */
const largest = 64 * 1024 * 1024

/** The whole text or nothing: written beside it, flushed, then put in its place. Only its owner may read it. */
export async function writePlanFile(named: string, text: string): Promise<void> {
  const file = await realpath(named).catch(() => named)
  const beside = `${file}.${randomBytes(4).toString('hex')}.part`
  try {
    // Put in the place of a device or a pipe, it would take that away.
    if ((await stat(file).catch(() => undefined))?.isFile() === false) throw new Error(`${named} is no file`)
    await using handle = await open(beside, 'wx', 0o600)
    await handle.writeFile(text)
    await handle.sync()
    await handle.close()
    await rename(beside, file)
  } catch (error) {
    await rm(beside, {force: true}).catch(() => undefined)
    throw new AntctlError('FILE', `the plan could not be saved, and nothing was changed: ${sentenceOf(error)}`, {
      remedy: [`df -h and ls -ld say why; --save takes any other place`],
      cause: error,
    })
  }
}

export async function readPlanFile(file: string): Promise<string> {
  try {
    await using handle = await open(file)
    const {size} = await handle.stat()
    if (size > largest) throw new Error(`${file} is longer than any plan`)
    return await handle.readFile('utf8')
  } catch (error) {
    throw new AntctlError('FILE', `the plan could not be read: ${sentenceOf(error)}`, {
      remedy: ['antctl set-mode hybrid --dry-run --save FILE writes one'],
      cause: error,
    })
  }
}
