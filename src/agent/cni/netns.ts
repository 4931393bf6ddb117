import {closeSync, constants, fstatSync, openSync, statSync} from 'node:fs'
import {CniError} from './error.ts'

/** A Pod's network namespace, held open so that the path cannot become another one. */
export interface Netns extends Disposable {
  /** Leads to the namespace that was looked at, whatever happens to the original path. */
  readonly path: string
  readonly inode: string
}

const own = '/proc/self/ns/net'

/** Refuses, with code 4, what is no namespace and what is the Node's own. nsfs: every namespace lies on one device. */
export function openPodNetns(path: string): Netns {
  const descriptor = open(path)
  const file = fstatSync(descriptor, {bigint: true})
  const node = statSync(own, {bigint: true})
  if (file.dev !== node.dev || file.ino === node.ino) {
    closeSync(descriptor)
    const what = file.dev === node.dev ? "the Node's own network namespace" : 'no network namespace'
    throw new CniError(4, `CNI_NETNS ${path} is ${what}`)
  }
  return {
    path: `/proc/${process.pid}/fd/${descriptor}`,
    inode: String(file.ino),
    [Symbol.dispose]: () => closeSync(descriptor),
  }
}

/** No link is followed, and a pipe does not make us wait. */
function open(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    throw new CniError(4, `CNI_NETNS ${path} ${gone ? 'does not exist' : 'cannot be opened'}`, {cause: error})
  }
}
