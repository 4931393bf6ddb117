import {accessSync, constants, existsSync} from 'node:fs'
import {dirname} from 'node:path'
import {AntctlError} from '../src/model/errors.ts'

/** Before minutes of work come to nothing: a checkout may be another user's. */
export function requireWritable(directory: string, otherwise: readonly string[] = []): void {
  if (canWrite(nearest(directory))) return
  throw new AntctlError('MACHINE', `this user may not write ${directory}`, {
    remedy: [...otherwise, 'git clone: with a checkout of your own'],
  })
}

/** The directory itself, or that of its parents in which it would be made. */
function nearest(directory: string): string {
  return existsSync(directory) ? directory : nearest(dirname(directory))
}

function canWrite(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}
