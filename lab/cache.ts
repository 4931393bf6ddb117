import {createHash, type Hash} from 'node:crypto'
import {accessSync, constants, existsSync, mkdirSync} from 'node:fs'
import {mkdir, mkdtemp, readFile, rename, rm} from 'node:fs/promises'
import {homedir} from 'node:os'
import {join} from 'node:path'
import {paths} from './state.ts'

/**
 * Where what takes long to make is kept between checkouts: ANTCTL_CACHE, else the user's cache directory, else (no home,
 * or none that can be written) the project's own.
 */
export function cacheDirectory(): string {
  const chosen = process.env['ANTCTL_CACHE']
  if (chosen !== undefined && chosen !== '') return chosen
  const home = process.env['HOME'] === '' ? '' : homedir()
  const candidates = [process.env['XDG_CACHE_HOME'] ?? '', home === '' ? '' : join(home, '.cache')]
  const writable = candidates.find((path) => path !== '' && canHold(join(path, 'antctl')))
  return writable === undefined ? join(paths.root, '.cache') : join(writable, 'antctl')
}

/**
 * The directory `kind-HASH` of the cache, made by `fill` when it is not there yet. It appears whole or not at all, also
 * when two make it at once or the power fails.
 */
export async function cached(kind: string, key: string, fill: (directory: string) => Promise<void>): Promise<string> {
  const parent = cacheDirectory()
  const target = join(parent, `${kind}-${key.slice(0, 16)}`)
  if (existsSync(target)) return target
  await mkdir(parent, {recursive: true})
  const draft = await mkdtemp(join(parent, '.draft-'))
  try {
    await fill(draft)
    await rename(draft, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error
    })
  } finally {
    await rm(draft, {recursive: true, force: true})
  }
  return target
}

/** One hash of texts and of files' contents, in order. */
export async function hashOf(texts: readonly string[], files: readonly string[]): Promise<string> {
  const hash: Hash = createHash('sha256')
  for (const text of texts) hash.update(`${text}\0`)
  for (const file of files) hash.update(await readFile(file)).update('\0')
  return hash.digest('hex')
}

function canHold(directory: string): boolean {
  try {
    mkdirSync(directory, {recursive: true})
    accessSync(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}
