import {execa} from 'execa'
import {join} from 'node:path'
import {AntctlError} from '../../src/model/errors.ts'
import {buildDirectory} from '../binaries.ts'
import {cached, hashOf} from '../cache.ts'
import {images} from './names.ts'
import {type Entry, fileEntry, textEntry, writeTar} from './tar.ts'
import {writeImage} from './oci.ts'

/** The image that every Pod's sandbox runs; a tar to import. */
export async function pauseImage(tell: (line: string) => void): Promise<string> {
  const program = join(await buildDirectory('pause', tell), 'pause')
  return small('pause-image', images.pause, [program], [await fileEntry('pause', program)], {entrypoint: ['/pause']})
}

/** busybox under all of its names, and the tests' sender and receiver. */
export async function toolboxImage(tell: (line: string) => void): Promise<string> {
  const program = join(await buildDirectory('toolbox', tell), 'toolbox')
  const busybox = '/bin/busybox'
  // ldd(1) fails on what needs no library.
  if (!(await execa('ldd', [busybox], {reject: false})).failed) {
    throw new AntctlError('MACHINE', `${busybox} needs shared libraries, which an image of its own would not have`, {
      remedy: ['sudo apt-get install busybox-static'],
    })
  }
  const {stdout} = await execa(busybox, ['--list'])
  const applets = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox')
  const entries: readonly Entry[] = [
    ...skeleton,
    await fileEntry('bin/busybox', busybox),
    await fileEntry('bin/toolbox', program),
    ...applets.map((name): Entry => ({kind: 'link', path: `bin/${name}`, target: 'busybox'})),
  ]
  return small('toolbox-image', images.toolbox, [program, busybox], entries, {command: ['/bin/sh']})
}

/** What programs expect to find in any root. */
export const skeleton: readonly Entry[] = [
  ...['bin', 'dev', 'etc', 'proc', 'root', 'run', 'sys', 'var'].map((path): Entry => ({kind: 'directory', path})),
  {kind: 'directory', path: 'tmp', mode: 0o1777},
  textEntry('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n'),
  textEntry('etc/group', 'root:x:0:\n'),
]

async function small(
  kind: string,
  name: string,
  files: readonly string[],
  entries: readonly Entry[],
  start: {readonly entrypoint?: readonly string[]; readonly command?: readonly string[]},
): Promise<string> {
  const contents = entries.map((entry) => JSON.stringify({...entry, source: undefined}))
  const directory = await cached(
    kind,
    await hashOf([name, JSON.stringify(start), ...contents], files),
    async (draft) => {
      const file = join(draft, 'layer.tar')
      await writeImage(join(draft, 'image.tar'), {name, layers: [{file, ...(await writeTar(file, entries))}], ...start})
    },
  )
  return join(directory, 'image.tar')
}
