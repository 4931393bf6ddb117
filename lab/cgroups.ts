import {existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statfsSync, writeFileSync} from 'node:fs'
import {join, relative} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {AntctlError} from '../src/model/errors.ts'
import {cgroupName} from './state.ts'

/** How this machine has its cgroups: one hierarchy (v2), or one a controller or group of controllers (v1, hybrid). */
export interface CgroupLayout {
  readonly version: 'v1' | 'v2'
  /** v1: the third column of /proc/self/cgroup each, for example "memory", "cpu,cpuacct", "name=systemd". */
  readonly hierarchies: readonly string[]
  /** The lab's own cgroup in each hierarchy. */
  readonly directories: readonly string[]
}

const mountPoint = '/sys/fs/cgroup'
/** statfs(2) CGROUP2_SUPER_MAGIC. */
const cgroup2 = 0x63_67_72_70

export function observeCgroups(): CgroupLayout {
  if (statfsSync(mountPoint).type === cgroup2) {
    return {version: 'v2', hierarchies: [], directories: [join(mountPoint, cgroupName)]}
  }
  const own = parseOwnCgroups(readFileSync('/proc/self/cgroup', 'utf8'))
  const mounts = parseCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'))
  const found = own.flatMap(({hierarchy, path}) => {
    const mount = mounts.find(({options}) => hierarchy.split(',').every((name) => options.includes(name)))
    // Below the mount's own root, which is not "/" in a container that kept its host's cgroup namespace.
    return mount === undefined
      ? []
      : [{hierarchy, directory: join(mount.point, relative(mount.root, path), cgroupName)}]
  })
  return {
    version: 'v1',
    hierarchies: found.map(({hierarchy}) => hierarchy),
    directories: found.map(({directory}) => directory),
  }
}

/** "4:memory:/a/b" lines; the unified hierarchy ("0::/") of a hybrid machine holds no controllers and is left alone. */
export function parseOwnCgroups(text: string): readonly {readonly hierarchy: string; readonly path: string}[] {
  return text.split('\n').flatMap((line) => {
    const [, hierarchy = '', path = ''] = /^\d+:([^:]+):(.*)$/u.exec(line) ?? []
    return hierarchy === '' ? [] : [{hierarchy, path}]
  })
}

/** proc(5) mountinfo: "ID PARENT DEV ROOT POINT OPTIONS… - TYPE SOURCE SUPEROPTIONS". */
export function parseCgroupMounts(text: string): readonly {
  readonly root: string
  readonly point: string
  readonly options: readonly string[]
}[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root = '', point = ''] = before.split(' ')
    const [type, , options = ''] = after.split(' ')
    return type === 'cgroup' ? [{root, point, options: options.split(',')}] : []
  })
}

/** Makes the cgroups; a v1 cpuset takes no process before it has processors and memory. */
export function makeCgroups(directories: readonly string[]): void {
  for (const directory of directories) {
    mkdirSync(directory, {recursive: true})
    handOn(join(directory, '..'))
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const [own, above] = [join(directory, file), join(directory, '..', file)]
      if (existsSync(own) && existsSync(above) && !existsSync(join(directory, 'cgroup.controllers'))) {
        writeFileSync(own, readFileSync(above))
      }
    }
  }
}

/** The most that a cgroup may weigh against its neighbours: v1 and v2. */
const weights = {'cpu.shares': '262144', 'cpu.weight': '10000'} as const

/** What else this machine does must not make a path of the lab lose packets: others get the processors that it leaves. */
export function favourCgroups(directories: readonly string[]): void {
  for (const directory of directories) {
    for (const [file, weight] of Object.entries(weights)) {
      if (existsSync(join(directory, file))) writeFileSync(join(directory, file), weight)
    }
  }
}

/**
 * cgroup v2 wants processes in leaves only (Documentation/admin-guide/cgroup-v2.rst, "No Internal Process Constraint"):
 * moves those that are in the cgroup to its child "init" and hands every controller to its children. v1 needs nothing.
 */
export async function openToChildren(directory: string): Promise<void> {
  if (!existsSync(join(directory, 'cgroup.controllers'))) return
  const leaf = join(directory, 'init')
  mkdirSync(leaf, {recursive: true})
  for (let left = processesIn(directory); left.length > 0; left = processesIn(directory)) {
    for (const pid of left) attempt(() => writeFileSync(join(leaf, 'cgroup.procs'), String(pid)))
    await sleep(5)
  }
  handOn(directory)
}

/** cgroup v2: gives the children of a cgroup every controller that it has itself. */
function handOn(directory: string): void {
  const controllers = join(directory, 'cgroup.controllers')
  if (!existsSync(controllers)) return
  for (const name of readFileSync(controllers, 'utf8').trim().split(' ')) {
    attempt(() => writeFileSync(join(directory, 'cgroup.subtree_control'), `+${name}`))
  }
}

/** Where a process must be put to be in the lab: beside the others in v2's leaf. */
export function joinable(directory: string): string {
  const leaf = join(directory, 'init')
  return existsSync(join(leaf, 'cgroup.procs')) ? leaf : directory
}

/** Ends every process of the cgroups and removes them, children first. */
export async function removeCgroups(directories: readonly string[]): Promise<void> {
  const present = directories.filter((directory) => existsSync(directory))
  const deadline = Date.now() + 15_000
  for (;;) {
    const left = present.flatMap(treeOf).flatMap(processesIn)
    if (left.length === 0) break
    if (Date.now() > deadline) throw new AntctlError('MACHINE', `processes ${left.join(', ')} of the lab do not end`)
    for (const pid of left) attempt(() => process.kill(pid, 'SIGKILL'))
    await sleep(20)
  }
  for (const directory of present.flatMap(treeOf)) await removeOne(directory)
}

/** A cgroup stays busy for a moment after its last process ended. */
async function removeOne(directory: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (attempt(() => rmdirSync(directory)) || !existsSync(directory)) return
    await sleep(20)
  }
  throw new AntctlError('MACHINE', `cgroup ${directory} cannot be removed`)
}

/** The cgroup and all below it, children before parents. */
function treeOf(directory: string): readonly string[] {
  if (!existsSync(directory)) return []
  const children = readdirSync(directory, {withFileTypes: true}).filter((entry) => entry.isDirectory())
  return [...children.flatMap(({name}) => treeOf(join(directory, name))), directory]
}

function processesIn(directory: string): readonly number[] {
  const file = join(directory, 'cgroup.procs')
  let text = ''
  attempt(() => (text = readFileSync(file, 'utf8')))
  return text
    .split('\n')
    .filter(Boolean)
    .map(Number)
    .filter((pid) => pid > 0)
}

/** What races with a process that ends may fail; whether it did. */
function attempt(action: () => unknown): boolean {
  try {
    action()
    return true
  } catch {
    return false
  }
}
