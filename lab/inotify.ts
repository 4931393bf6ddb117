import {readdirSync, readFileSync, readlinkSync, statSync} from 'node:fs'
import {AntctlError} from '../src/model/errors.ts'

/** Inotify instances that the programs of a lab hold, as a running one had them. */
const ofControlPlane = 11
const ofNode = 9

export interface InotifyFacts {
  /** fs.inotify.max_user_instances: what all programs of one user may have together. */
  readonly most: number
  readonly taken: number
}

/** A kubelet that gets none does not register, and says so in its log alone. */
export function requireInotify(nodes: number, {most, taken}: InotifyFacts = observeInotify()): void {
  const needed = ofControlPlane + nodes * ofNode
  if (taken + needed <= most) return
  throw new AntctlError(
    'MACHINE',
    `the lab needs ${needed} inotify instances, and ${taken} of the ${most} that a user may have are taken`,
    {remedy: [`sudo sysctl fs.inotify.max_user_instances=${Math.max(1024, 2 * (taken + needed))}`]},
  )
}

function observeInotify(): InotifyFacts {
  return {most: Number(readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8')), taken: countInstances()}
}

function countInstances(): number {
  return list('/proc')
    .filter((name) => /^\d+$/u.test(name) && ownerOf(`/proc/${name}`) === process.getuid?.())
    .flatMap((pid) => list(`/proc/${pid}/fd`).map((fd) => target(`/proc/${pid}/fd/${fd}`)))
    .filter((path) => path === 'anon_inode:inotify').length
}

function ownerOf(path: string): number | undefined {
  return statSync(path, {throwIfNoEntry: false})?.uid
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}
