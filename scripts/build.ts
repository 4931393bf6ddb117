import {createHash} from 'node:crypto'
import {cp, glob, mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import {join, relative} from 'node:path'
import {build} from 'esbuild'
import {execa} from 'execa'
import {buildDirectory} from '../lab/binaries.ts'
import {builds} from '../lab/programs.ts'
import {buildShipped} from './build-shipped.ts'
import {common} from './build-options.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

/** Compiles what runs outside this checkout, into dist/: the CLI, the agent's one file, and the CNI programs. */
export async function buildAll(): Promise<void> {
  const stamp = await sourceHash()
  const stampFile = join(dist, '.stamp')
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return
  await rm(dist, {recursive: true, force: true})
  await mkdir(dist, {recursive: true})
  await Promise.all([buildAgent(), buildShipped(join(dist, 'antctl')), buildCni(join(dist, 'cni'))])
  await writeFile(stampFile, stamp)
}

async function buildAgent(): Promise<void> {
  await build({
    ...common,
    entryPoints: {
      'antrea-agent': 'src/agent/main.ts',
      'probe-loop': 'src/agent/probe/loop.ts',
      'api-relay': 'src/agent/relay.ts',
    },
    outdir: join(dist, 'agent'),
    minify: true,
    keepNames: true,
  })
  // And antctl, for who is in the agent's container: of its own modules, on the image's Node.
  await build({
    ...common,
    entryPoints: {antctl: 'src/commands/main.ts'},
    outdir: join(dist, 'agent', 'cli'),
    splitting: true,
    chunkNames: 'chunk-[hash]',
    minify: true,
    keepNames: true,
    external: ['react-devtools-core'],
  })
  await copyNativeCode()
}

/** koffi's machine code cannot be bundled: the one file for this architecture lies where the bundle's require() looks. */
async function copyNativeCode(): Promise<void> {
  const name = `@koromix/koffi-linux-${process.arch}`
  const [from, to] = [join(root, 'node_modules', name), join(dist, 'agent', 'node_modules', name)]
  await mkdir(to, {recursive: true})
  await cp(join(from, `linux_${process.arch}`, 'koffi.node'), join(to, 'koffi.node'))
  await writeFile(join(to, 'package.json'), `${JSON.stringify({name, main: 'koffi.node'})}\n`)
}

/** The program that the container runtime starts, and those that its list chains after it, from their own module. */
export async function buildCni(directory: string): Promise<void> {
  await execa('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(directory, 'antrea'), '.'], {
    cwd: join(root, 'bin', 'cni'),
    env: {CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false'},
  })
  const built = await buildDirectory('cni-plugins', () => {})
  for (const name of Object.keys(builds['cni-plugins'].packages)) {
    await cp(join(built, name), join(directory, name))
  }
}

async function sourceHash(): Promise<string> {
  const files = await Array.fromAsync(
    glob(['src/**/*.{ts,tsx}', 'bin/cni/**', 'lab/build/cni-plugins/*', 'scripts/build*.ts', 'package*.json'], {
      cwd: root,
    }),
  )
  const hash = createHash('sha256').update(process.arch)
  for (const file of files.sort()) {
    const path = join(root, file)
    hash.update(relative(root, path)).update(await readFile(path).catch(() => ''))
  }
  return hash.digest('hex')
}

if (import.meta.main) {
  await buildAll()
  await cp(join(root, 'package.json'), join(dist, 'package.json'))
}
