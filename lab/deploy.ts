import {existsSync} from 'node:fs'
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {parseAllDocuments} from 'yaml'
import * as v from 'valibot'
import {AntctlError} from '../src/model/errors.ts'
import {names} from '../src/model/names.ts'
import {buildAll} from '../scripts/build.ts'
import {writeAgentImage} from './images/agent.ts'
import {applyObjects, kubectl} from './kubectl.ts'
import {load} from './loading.ts'
import {type Progress, progressOnStderr} from './progress.ts'
import {paths} from './state.ts'
import {requireWritable} from './writable.ts'

const manifest = join(paths.root, 'deploy', 'antrea.yml')
/** Objects that replace those of the same kind and name of the manifest. */
const labManifest = join(paths.root, 'deploy', 'lab.yml')

/** Builds our agent, hands its image to every Node and applies the manifests; ends when all Nodes are Ready. */
export async function deploy(progress: Progress = progressOnStderr()): Promise<void> {
  requireWritable(join(paths.root, 'dist'))
  await progress.step('agent built', buildAll)
  const stampFile = join(paths.lab, 'agent-image')
  const target = join(paths.images, 'agent.tar')
  const digest = await progress.step('agent image', () => writeAgentImage(target))
  const former = existsSync(stampFile) ? await readFile(stampFile, 'utf8') : ''
  if (former !== digest) {
    await progress.step('image on every Node', () => load(target))
    await writeFile(stampFile, digest)
  }
  await progress.step('manifests applied', async () => {
    await applyInOrder(
      withLabObjects(await readObjects(manifest), existsSync(labManifest) ? await readObjects(labManifest) : []),
    )
    // Same name, other content: what runs does not notice by itself.
    if (former !== '' && former !== digest)
      await kubectl(['-n', names.namespace, 'delete', 'pods', '-l', names.agentSelector])
  })
  await progress.step('every Node Ready', async () => {
    await kubectl(['-n', names.namespace, 'rollout', 'status', `daemonset/${names.daemonSet}`, '--timeout=120s'])
    await kubectl(['wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=60s'])
    await everyAgentReports()
  })
}

/** An agent serves a moment before its first report is written. */
async function everyAgentReports(): Promise<void> {
  const namesOf = async (kind: string) => (await kubectl(['get', kind, '-o', 'name'])).split('\n').map(afterSlash)
  const nodes = await namesOf('nodes')
  const deadline = Date.now() + 60_000
  for (;;) {
    const reports = new Set(await namesOf('antreaagentinfos'))
    const silent = nodes.filter((node) => !reports.has(node))
    if (silent.length === 0) return
    if (Date.now() > deadline) throw new AntctlError('MACHINE', `no agent reports from ${silent.join(', ')}`)
    await sleep(200)
  }
}

function afterSlash(name: string): string {
  return name.slice(name.indexOf('/') + 1)
}

const objectSchema = v.looseObject({
  apiVersion: v.string(),
  kind: v.string(),
  metadata: v.looseObject({name: v.string(), namespace: v.optional(v.string())}),
})
export type KubernetesObject = v.InferOutput<typeof objectSchema>

/** The manifest's objects, each replaced by the lab's of the same kind, namespace and name; the lab's others come last. */
export function withLabObjects(
  objects: readonly KubernetesObject[],
  ours: readonly KubernetesObject[],
): readonly KubernetesObject[] {
  const own = new Map(ours.map((object) => [keyOf(object), object]))
  const known = new Set(objects.map(keyOf))
  return [
    ...objects.map((object) => own.get(keyOf(object)) ?? object),
    ...ours.filter((object) => !known.has(keyOf(object))),
  ]
}

/** A CustomResourceDefinition serves its kind a moment after it exists. */
async function applyInOrder(objects: readonly KubernetesObject[]): Promise<void> {
  const definitions = objects.filter(({kind}) => kind === 'CustomResourceDefinition' || kind === 'Namespace')
  if (definitions.length > 0) await applyObjects(definitions)
  await applyObjects(objects.filter((object) => !definitions.includes(object)))
}

async function readObjects(file: string): Promise<readonly KubernetesObject[]> {
  if (!existsSync(file)) throw new AntctlError('MACHINE', `${file} does not exist`)
  const documents = parseAllDocuments(await readFile(file, 'utf8'))
  if (!Array.isArray(documents)) return []
  return documents
    .map((document): unknown => document.toJS())
    .filter((value) => value !== null)
    .map((value) => v.parse(objectSchema, value))
}

function keyOf({kind, metadata}: KubernetesObject): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`
}
