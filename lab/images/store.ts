import {execa} from 'execa'
import {copyFile, glob, mkdir, rename, rm, writeFile} from 'node:fs/promises'
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {cached, hashOf} from '../cache.ts'
import {containerdVersion} from '../programs.ts'
import {agentBase} from './agent-base.ts'
import {images} from './names.ts'
import {writeImage} from './oci.ts'
import {pauseImage, toolboxImage} from './small.ts'
import {ownNamespace} from '../without-root.ts'

export interface ImageStore {
  readonly directory: string
  /** Digest of the agent's lower layer, which images need not carry to Nodes with this store. */
  readonly base: string
}

/**
 * What a Node's /var/lib/containerd starts with: the small images and the agent's base, unpacked. Made once by a containerd
 * of its own, since four Nodes that each unpack the same 170 MiB take ten seconds of two cores.
 */
export async function imageStore(programs: string, tell: (line: string) => void): Promise<ImageStore> {
  const [pause, toolbox, base] = [await pauseImage(tell), await toolboxImage(tell), await agentBase()]
  // Its files are root's, or the user's own.
  const owner = ownNamespace() === undefined ? 'root' : 'user'
  const key = await hashOf([containerdVersion, base.digest, owner], [import.meta.filename, pause, toolbox])
  const directory = await cached('image-store', key, async (draft) => {
    tell('unpacking images (once)')
    const baseImage = join(draft, 'base.tar')
    await writeImage(baseImage, {name: images.base, layers: [base]})
    await withContainerd(programs, draft, async (ctr) => {
      for (const file of [pause, toolbox, baseImage]) await ctr(['images', 'import', '--local', file])
    })
    await rm(baseImage)
  })
  return {directory: join(directory, 'root'), base: base.digest}
}

/** Gives a Node its own store: files are shared with the cache, for nobody writes to a layer; databases are copies. */
export async function copyStore(store: string, target: string): Promise<void> {
  if (existsSync(target)) return
  const draft = `${target}.draft`
  await rm(draft, {recursive: true, force: true})
  const {failed} = await execa('cp', ['-a', '--link', store, draft], {reject: false})
  if (failed) {
    // Another file system.
    await rm(draft, {recursive: true, force: true})
    await execa('cp', ['-a', '--reflink=auto', store, draft])
  }
  for await (const name of glob('*/*.db', {cwd: draft})) {
    const database = join(draft, name)
    await copyFile(database, `${database}.copy`)
    await rename(`${database}.copy`, database)
  }
  await rename(draft, target)
}

const unneeded = ['grpc.v1.cri', 'cri.v1.images', 'cri.v1.runtime', 'nri.v1.nri', 'internal.v1.opt'].map(
  (name) => `io.containerd.${name}`,
)

type Ctr = (command: readonly string[]) => Promise<unknown>

async function withContainerd(programs: string, directory: string, work: (ctr: Ctr) => Promise<void>): Promise<void> {
  const [state, socket, config] = [join(directory, 'state'), join(directory, 'sock'), join(directory, 'config.toml')]
  await mkdir(join(directory, 'root'))
  await writeFile(config, `version = 3\ndisabled_plugins = ${JSON.stringify(unneeded)}\n`)
  const paths = ['--root', join(directory, 'root'), '--state', state, '--address', socket, '--config', config]
  // Its mounts are its own.
  const server = execa('unshare', ['--mount', '--propagation=private', join(programs, 'containerd'), ...paths], {
    reject: false,
    stdout: 'ignore',
  })
  const ctr: Ctr = (command) => execa(join(programs, 'ctr'), ['--address', socket, '--namespace=k8s.io', ...command])
  const ended = server.then(() => 'ended' as const)
  try {
    while (!existsSync(socket) && (await Promise.race([ended, sleep(20)])) !== 'ended') continue
    await work(ctr)
  } finally {
    server.kill('SIGTERM')
    await ended
  }
  await Promise.all([state, socket, `${socket}.ttrpc`, config].map((path) => rm(path, {recursive: true, force: true})))
}
