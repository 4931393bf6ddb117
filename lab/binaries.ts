import {execa} from 'execa'
import {existsSync} from 'node:fs'
import {copyFile, glob, link, mkdir, realpath, rm, symlink} from 'node:fs/promises'
import {delimiter, join} from 'node:path'
import {AntctlError, sentenceOf} from '../src/model/errors.ts'
import {cached, cacheDirectory, hashOf} from './cache.ts'
import {type Build, type BuildName, builds, type Program, programs} from './programs.ts'
import {paths} from './state.ts'
import {ownNamespace} from './without-root.ts'

/** Fills `directory` with every program that the lab runs: this machine's own where the version fits, built ones else. */
export async function provideBinaries(directory: string, tell: (line: string) => void): Promise<void> {
  await rm(directory, {recursive: true, force: true})
  await mkdir(directory, {recursive: true})
  const found = await Promise.all(programs.map(async (program) => ({program, file: await findInstalled(program)})))
  const files = new Map<string, string>()
  for (const {program, file} of found) {
    files.set(program.name, file ?? join(await buildDirectory(program.build, tell), program.name))
  }
  const own = ownNamespace() === undefined ? (['toolbox'] as const) : (['toolbox', 'runc-without-cgroups'] as const)
  for (const name of own) files.set(name, join(await buildDirectory(name, tell), name))
  // Minimal machines have no ping.
  files.set('ping', '/bin/busybox')
  await place(directory, files)
}

/** The directory with the programs of a build, made by Go when the cache does not have it. */
export async function buildDirectory(name: BuildName, tell: (line: string) => void): Promise<string> {
  const build: Build = builds[name]
  const source = join(paths.root, 'lab', 'build', build.directory ?? name)
  const files = (await Array.fromAsync(glob('**/{go.mod,go.sum,*.go}', {cwd: source}))).sort()
  const texts = [process.arch, JSON.stringify([build.stamps, build.packages, build.links]), ...files]
  return cached(
    name,
    await hashOf(
      texts,
      files.map((file) => join(source, file)),
    ),
    async (directory) => {
      tell(`building ${Object.keys(build.packages).join(', ')} (once; about ${build.minutes} min on two cores)`)
      for (const [program, path] of Object.entries(build.packages))
        await compile(source, path, join(directory, program), build)
      for (const [name, program] of Object.entries(build.links)) await symlink(program, join(directory, name))
    },
  )
}

async function compile(source: string, path: string, output: string, {stamps}: Build): Promise<void> {
  const flags = ['-s', '-w', ...Object.entries(stamps).flatMap(([variable, value]) => ['-X', `${variable}=${value}`])]
  try {
    await execa('go', ['build', '-trimpath', '-ldflags', flags.join(' '), '-o', output, path], {
      cwd: source,
      env: {CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', ...goDirectories()},
    })
  } catch (error) {
    throw new AntctlError('MACHINE', `go could not build ${path} in ${source}: ${sentenceOf(error).slice(0, 500)}`, {
      remedy: ['install Go 1.21 or newer (https://go.dev/dl), with access to its module proxy'],
      cause: error,
    })
  }
}

/** Go keeps its caches below HOME, and refuses to work without one. */
function goDirectories(): Readonly<Record<string, string>> {
  if ((process.env['HOME'] ?? '') !== '') return {}
  return {GOCACHE: join(cacheDirectory(), 'go-build'), GOMODCACHE: join(cacheDirectory(), 'go-mod')}
}

/** A program of KUBEBUILDER_ASSETS or PATH that says that it is of the pinned version. */
async function findInstalled({name, ask, says}: Program): Promise<string | undefined> {
  const places = [process.env['KUBEBUILDER_ASSETS'], ...(process.env['PATH'] ?? '').split(delimiter)]
  for (const place of places) {
    const file = place === undefined || place === '' ? undefined : join(place, name)
    if (file === undefined || !existsSync(file)) continue
    const {stdout, stderr} = await execa(file, ask, {reject: false, timeout: 10_000})
    if (says.test(`${stdout}\n${stderr}`)) return file
  }
  return undefined
}

/** One file under each name: hard links where the disk allows, since Nodes see only this directory. */
async function place(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  const placed = new Map<string, string>()
  for (const [name, file] of files) {
    const [source, target] = [await realpath(file), join(directory, name)]
    const twin = placed.get(source) ?? source
    placed.set(source, target)
    await link(twin, target).catch(() => copyFile(twin, target))
  }
}
