import {existsSync} from 'node:fs'
import {glob} from 'node:fs/promises'
import {join} from 'node:path'
import {AntctlError} from '../../src/model/errors.ts'
import {paths, readRecord} from '../state.ts'
import {agentBase} from './agent-base.ts'
import {images} from './names.ts'
import {type Layer, writeImage} from './oci.ts'
import {type Entry, fileEntry, textEntry, treeEntries, writeTar} from './tar.ts'

const home = 'opt/antrea'

/** Writes the agent's image to `target`, without the base when every Node has it (store.ts); answers its digest. */
export async function writeAgentImage(target: string): Promise<string> {
  const base = await agentBase()
  const isPresent = readRecord()?.agentBase === base.digest
  const file = join(paths.images, 'app-layer.tar')
  const app: Layer = {file, ...(await writeTar(file, await appEntries()))}
  await writeImage(target, {
    name: images.agent,
    layers: [base, app],
    ...(isPresent && {carried: [app]}),
    command: ['antrea-agent'],
  })
  return `${base.digest}-${app.digest}`
}

/** What scripts/build.ts made, where deploy/antrea.yml and deploy/Dockerfile expect it. */
async function appEntries(): Promise<readonly Entry[]> {
  const [agent, cni] = [join(paths.root, 'dist', 'agent'), join(paths.root, 'dist', 'cni')]
  if (!existsSync(agent) || !existsSync(cni)) {
    throw new AntctlError('MACHINE', 'the agent is not built', {remedy: ['npm run build']})
  }
  const scripts = await Array.fromAsync(glob('*.sh', {cwd: join(paths.root, 'deploy')}))
  return [
    {kind: 'directory', path: 'opt'},
    ...(await treeEntries(home, agent)),
    ...(await treeEntries(`${home}/cni`, cni)),
    textEntry('usr/bin/antrea-agent', `#!/bin/sh\nexec node /${home}/antrea-agent.mjs "$@"\n`, 0o755),
    textEntry('usr/bin/antctl', `#!/bin/sh\nexec node /${home}/cli/antctl.mjs "$@"\n`, 0o755),
    ...(await Promise.all(
      scripts
        .sort()
        .map((name) => fileEntry(`usr/bin/${name.replace(/\.sh$/u, '')}`, join(paths.root, 'deploy', name))),
    )),
  ]
}
