import {closeSync, constants, fstatSync, openSync, statfsSync} from 'node:fs'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {calls} from './system-calls.ts'

/** A network namespace that is held open: it stays as long as this does, whoever deletes its file. */
export interface Netns extends Disposable {
  readonly path: string
  readonly fd: number
  /** The same namespace has the same id, by whatever path it was opened. */
  readonly id: string
}

/**
 * Opens the network namespace that `path` names (a bind mount under /run/netns, or /proc/PID/ns/net). Nothing is done to
 * what the path names before it is known to be one: a pipe would block, a device might act. Throws MACHINE for what is no
 * network namespace, and for the one of this process.
 */
export function openNetns(path: string): Netns {
  const fd = openOnlyNetns(path)
  const netns = {path, fd, id: idOf(fd), [Symbol.dispose]: () => closeSync(fd)}
  if (netns.id !== idOf(home())) return netns
  closeSync(fd)
  throw new AntctlError('MACHINE', `${path} is the network namespace of the Node itself`)
}

/** A new network namespace without a name: it ends with this object, or with this process. */
export function createNetns(): Netns {
  const back = home()
  calls.unshare(newNet)
  try {
    const fd = openSync('/proc/thread-self/ns/net', constants.O_RDONLY)
    return {path: `/proc/self/fd/${fd}`, fd, id: idOf(fd), [Symbol.dispose]: () => closeSync(fd)}
  } finally {
    comeBack(back)
  }
}

/**
 * Runs `act` in that namespace. Synchronous on purpose: only this thread is there, and nothing else of this process can
 * run meanwhile. A socket that is opened inside belongs to the namespace for good.
 */
export function inNetns<T>({fd}: Pick<Netns, 'fd'>, act: () => T): T {
  const back = home()
  calls.setns(fd, newNet)
  try {
    return act()
  } finally {
    comeBack(back)
  }
}

/** A process that is stranded in a Pod would take the Pod for the Node from here on. */
function comeBack(fd: number): void {
  try {
    calls.setns(fd, newNet)
  } catch {
    process.abort()
  }
}

let homeFd: number | undefined

/** The namespace in which this process started. */
function home(): number {
  homeFd ??= openSync('/proc/thread-self/ns/net', constants.O_RDONLY)
  return homeFd
}

function openOnlyNetns(path: string): number {
  let looked: number | undefined
  let fd: number | undefined
  try {
    looked = openSync(path, pathOnly)
    const found = `/proc/self/fd/${looked}`
    if (statfsSync(found).type !== nsfs) throw new AntctlError('MACHINE', 'it is no namespace')
    fd = openSync(found, constants.O_RDONLY)
    if (calls.ioctl(fd, getNamespaceType, null) !== newNet) throw new AntctlError('MACHINE', 'it is another namespace')
    return fd
  } catch (error) {
    if (fd !== undefined) closeSync(fd)
    throw new AntctlError('MACHINE', `${path} is not a network namespace: ${sentenceOf(error)}`, {cause: error})
  } finally {
    if (looked !== undefined) closeSync(looked)
  }
}

function idOf(fd: number): string {
  const {dev, ino} = fstatSync(fd, {bigint: true})
  return `${dev}:${ino}`
}

/** O_PATH: a name for what is there, without opening it. */
const pathOnly = 0o10000000
/** linux/magic.h, NSFS_MAGIC. */
const nsfs = 0x6e736673
/** linux/nsfs.h, NS_GET_NSTYPE; linux/sched.h, CLONE_NEWNET. */
const getNamespaceType = 0xb703
const newNet = 0x40000000
