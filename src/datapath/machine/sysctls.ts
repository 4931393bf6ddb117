import {writeFileSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import type {Sysctl} from '../host/state.ts'
import {ownChange} from './own-changes.ts'

const root = '/proc/sys'

/** Values of these keys; keys that the kernel does not have (yet) are missing. */
export async function observeSysctls(keys: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const entries = await Promise.all(
    keys.map(async (key) => {
      const value = await readFile(join(root, key), 'utf8').catch(() => undefined)
      return value === undefined ? [] : [[key, value.trim()] as const]
    }),
  )
  return Object.fromEntries(entries.flat())
}

export async function putSysctls(sysctls: readonly Sysctl[]): Promise<void> {
  for (const {key, value} of sysctls) {
    try {
      ownChange(() => writeFileSync(join(root, key), value))
    } catch (cause) {
      throw new AntctlError('MACHINE', `sysctl ${key}=${value}: ${sentenceOf(cause)}`, {cause})
    }
  }
}
