import {execa} from 'execa'
import {chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {buildDirectory} from '../../lab/binaries.ts'
import {cacheDirectory} from '../../lab/cache.ts'
import {ensurePackages, namespacePackages} from '../../lab/packages.ts'
import {buildAll} from '../../scripts/build.ts'

const root = join(import.meta.dirname, '..', '..')
/** What the user's cache and home hold stays for the next run. */
const store = join(root, '.cache', 'test-user')

/** An ordinary user of this machine, who exists only where his commands run. */
export interface OrdinaryUser extends AsyncDisposable {
  readonly lab: (...args: readonly string[]) => Promise<string>
  readonly apply: (...objects: readonly object[]) => Promise<void>
  readonly antctl: (...args: readonly string[]) => Promise<string>
  /** Command lines of what runs with one of his ids. */
  readonly processes: () => Promise<readonly string[]>
  /** The directory of his lab, as root sees it. */
  readonly directory: string
}

/** The number is his; so are `ids` from `first` on, if any. */
const [uid, first, ids] = [64_321, 1_900_000_000, 65_536]

export async function ordinaryUser({range}: {readonly range: 'granted' | 'none'}): Promise<OrdinaryUser> {
  await ensurePackages(namespacePackages, console.error)
  await furnish(range === 'granted' ? `antctl-test:${first}:${ids}\n` : '')
  const place = await mkdtemp(join(tmpdir(), 'antctl-user-'))
  await chmod(place, 0o755)
  const enter = ['--mount', 'sh', join(import.meta.dirname, 'ordinary-user.sh'), place, store, root, String(uid)]
  const run = async (command: readonly string[], input = ''): Promise<string> => {
    const {stdout} = await execa('unshare', [...enter, ...command], {input, timeout: 200_000})
    return stdout
  }
  const lab = ['sh', 'scripts/node.sh', 'lab/main.ts']
  return {
    lab: (...args) => run([...lab, ...args]),
    apply: async (...items) => {
      await run([...lab, 'kubectl', 'apply', '-f', '-'], JSON.stringify({apiVersion: 'v1', kind: 'List', items}))
    },
    antctl: (...args) => run(['bin/antctl', ...args]),
    processes,
    directory: join(store, '.cache', 'lab'),
    [Symbol.asyncDispose]: () => rm(place, {recursive: true}),
  }
}

/** What Go builds, and the agent's base, in the cache. */
const programs = /^(?:kubernetes|containerd|cni-plugins|pause|toolbox|runc-without-cgroups|agent-base)-[0-9a-f]{16}$/u

/** What root has built the user need not build again: it takes minutes, and the first start is tested elsewhere. */
async function furnish(granted: string): Promise<void> {
  await buildAll()
  await Promise.all((['runc-without-cgroups', 'toolbox'] as const).map((name) => buildDirectory(name, console.error)))
  const cache = join(store, 'home', '.cache', 'antctl')
  await Promise.all([cache, join(store, 'etc'), join(store, '.cache')].map((path) => mkdir(path, {recursive: true})))
  await rm(join(store, 'dist'), {recursive: true, force: true})
  await cp(join(root, 'dist'), join(store, 'dist'), {recursive: true})
  for (const name of (await readdir(cacheDirectory())).filter((entry) => programs.test(entry)))
    await cp(join(cacheDirectory(), name), join(cache, name), {recursive: true, force: false, verbatimSymlinks: true})
  await execa('chown', ['-R', `${uid}:${uid}`, ...['home', 'dist', '.cache'].map((name) => join(store, name))])
  const users = await readFile('/etc/passwd', 'utf8')
  await writeFile(join(store, 'etc', 'passwd'), `${users}antctl-test:x:${uid}:${uid}::/:/bin/sh\n`)
  for (const file of ['subuid', 'subgid']) await writeFile(join(store, 'etc', file), granted)
}

async function processes(): Promise<readonly string[]> {
  const {stdout} = await execa('ps', ['-e', '-o', 'uid=,args='])
  return stdout.split('\n').filter((line) => {
    const owner = Number.parseInt(line, 10)
    return owner === uid || (owner >= first && owner < first + ids)
  })
}
