import {execa} from 'execa'
import {existsSync} from 'node:fs'
import {mkdir, readdir, readFile, rename, rm, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {AntctlError} from '../../src/model/errors.ts'
import {cacheDirectory, cached, hashOf} from '../cache.ts'
import {elfOf} from './boot-image.ts'

/** What boots: an ELF file (or bzImage), and the directory with `kernel/` and modules.dep, named by the kernel's release. */
export interface Kernel {
  readonly release: string
  readonly image: string
  readonly modules: string
}

const metaPackage = 'linux-image-amd64'
const kind = 'kernel-amd64'
/** Counts up when what is kept of a package changes. */
const layout = '1'

/** Debian's own kernel, unpacked into the cache and never installed. Without a network the newest that is there. */
export async function debianKernel(tell: (line: string) => void): Promise<Kernel> {
  const attempts = [async () => true, async () => apt(['update'])]
  for (const prepare of attempts) {
    if (!(await prepare())) break
    const named = await candidate()
    if (named === undefined) continue
    const key = await hashOf([named.name, named.version, layout], [])
    try {
      return await kernelIn(await cached(kind, key, async (directory) => fetchInto(directory, named.name, tell)))
    } catch (error) {
      tell(`the package ${named.name} could not be had: ${String(error)}`)
    }
  }
  return newestCached()
}

async function newestCached(): Promise<Kernel> {
  const parent = cacheDirectory()
  const names = (await readdir(parent).catch(() => [])).filter((name) => name.startsWith(`${kind}-`))
  const dated = await Promise.all(names.map(async (name) => ({name, time: (await stat(join(parent, name))).mtimeMs})))
  const newest = dated.toSorted((a, b) => b.time - a.time)[0]
  if (newest !== undefined) return kernelIn(join(parent, newest.name))
  throw new AntctlError('MACHINE', `the package ${metaPackage} is needed and apt does not have it`, {
    remedy: [
      'run it with a network and with sources of Debian for amd64',
      'or on a kernel with the openvswitch module',
    ],
  })
}

/** The package behind the one that always names the newest. */
async function candidate(): Promise<{readonly name: string; readonly version: string} | undefined> {
  const {stdout} = await execa('apt-cache', ['show', '--no-all-versions', metaPackage], {reject: false})
  const found = /^Depends: (?<name>linux-image-\S+) \(= (?<version>\S+)\)/mu.exec(stdout)?.groups
  return found && {name: found['name'] ?? '', version: found['version'] ?? ''}
}

async function fetchInto(directory: string, name: string, tell: (line: string) => void): Promise<void> {
  tell(`fetching the package ${name} (70 MB), once`)
  const work = join(directory, 'work')
  await mkdir(work)
  // As root apt would fetch as a user who may not write here.
  await execa('apt-get', ['--quiet=2', '--option=APT::Sandbox::User=root', 'download', name], {cwd: work})
  const [archive] = await readdir(work)
  if (archive === undefined) throw new Error('apt-get download left no package')
  await execa('dpkg-deb', ['--extract', join(work, archive), work])
  const image = (await readdir(join(work, 'boot'))).find((file) => file.startsWith('vmlinuz-'))
  if (image === undefined) throw new Error('the package has no boot/vmlinuz')
  const release = image.slice('vmlinuz-'.length)
  const base = existsSync(join(work, 'lib', 'modules')) ? work : join(work, 'usr')
  await execa('depmod', ['--basedir', base, release])
  const bootable = await readFile(join(work, 'boot', image))
  await writeFile(join(directory, 'image'), (await elfOf(bootable)) ?? bootable)
  await rename(join(base, 'lib', 'modules'), join(directory, 'modules'))
  await rm(work, {recursive: true})
}

async function kernelIn(directory: string): Promise<Kernel> {
  const [release = ''] = await readdir(join(directory, 'modules'))
  return {release, image: join(directory, 'image'), modules: join(directory, 'modules', release)}
}

async function apt(args: readonly string[]): Promise<boolean> {
  return !(
    await execa('apt-get', ['--quiet=2', ...args], {reject: false, stdout: process.stderr, stderr: process.stderr})
  ).failed
}
