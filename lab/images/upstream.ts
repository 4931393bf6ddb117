import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {parse} from 'yaml'
import {buildDirectory} from '../binaries.ts'
import {paths, readRecord} from '../state.ts'
import {agentBase} from './agent-base.ts'
import {images} from './names.ts'
import {type Layer, writeImage} from './oci.ts'
import {type Entry, fileEntry, textEntry, writeTar} from './tar.ts'

const recordings = join(paths.root, 'test', 'fixtures', 'upstream')

/** Writes the image that plays an upstream agent back: its program, the recordings, and what gives Pods addresses. */
export async function writeUpstreamImage(target: string, tell: (line: string) => void): Promise<void> {
  const [program, reference, base] = [
    await buildDirectory('upstream-agent', tell),
    await buildDirectory('cni-reference', tell),
    await agentBase(),
  ]
  const file = join(paths.images, 'upstream-layer.tar')
  const entries: readonly Entry[] = [
    await fileEntry('usr/bin/upstream-agent', join(program, 'upstream-agent')),
    {kind: 'directory', path: 'opt'},
    {kind: 'directory', path: 'opt/cni-reference'},
    ...(await Promise.all(
      ['bridge', 'host-local', 'loopback'].map((name) => fileEntry(`opt/cni-reference/${name}`, join(reference, name))),
    )),
    {kind: 'directory', path: 'recordings'},
    ...(await recordingEntries()),
  ]
  const layer: Layer = {file, ...(await writeTar(file, entries))}
  const isPresent = readRecord()?.agentBase === base.digest
  await writeImage(target, {
    name: images.upstream,
    layers: [base, layer],
    ...(isPresent && {carried: [layer]}),
    command: ['upstream-agent'],
  })
}

async function recordingEntries(): Promise<readonly Entry[]> {
  const modes = (await readdir(recordings)).sort()
  const entries = await Promise.all(
    modes.map(async (mode): Promise<readonly Entry[]> => {
      const names = (await readdir(join(recordings, mode))).sort()
      const files = names.map((name) => fileEntry(`recordings/${mode}/${name}`, join(recordings, mode, name), 0o644))
      const pods: unknown = parse(await readFile(join(recordings, mode, 'podinterface.yaml'), 'utf8'))
      return [
        {kind: 'directory', path: `recordings/${mode}`},
        ...(await Promise.all(files)),
        // The program's language has no YAML of its own.
        textEntry(`recordings/${mode}/podinterfaces.json`, JSON.stringify(pods)),
        textEntry(`recordings/${mode}/memberlist.json`, JSON.stringify(await members(mode))),
      ]
    }),
  )
  return entries.flat()
}

/** Upstream's antctl shows it as a table: NODE, IP, STATUS. */
async function members(mode: string): Promise<readonly object[]> {
  const [, ...rows] = (await readFile(join(recordings, mode, 'memberlist.txt'), 'utf8')).trim().split('\n')
  return rows.map((row) => {
    const [nodeName, ip, status] = row.trim().split(/\s+/u)
    return {nodeName, ip, status}
  })
}
