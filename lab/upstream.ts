import {existsSync} from 'node:fs'
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {parseAllDocuments} from 'yaml'
import * as v from 'valibot'
import {hashOf} from './cache.ts'
import {writeUpstreamImage} from './images/upstream.ts'
import {applyObjects, kubectl} from './kubectl.ts'
import {load} from './loading.ts'
import {toolboxPod} from './toolbox-pod.ts'
import {type Progress, progressOnStderr} from './progress.ts'
import {currentTopology, paths} from './state.ts'
import {upstreamObjects} from './upstream-objects.ts'
import {names} from '../src/model/names.ts'

/** The recorded Pods and their Nodes, in the order in which they got their addresses. */
export const recordedPods = {srv: 'node1', cl1: 'node1', cl2: 'node2', cl3: 'node3'} as const

/** Plays an upstream cluster back on the lab: its objects, and agents that answer what was recorded in this mode. */
export async function playUpstream(mode: string, progress: Progress = progressOnStderr()): Promise<void> {
  const target = join(paths.images, 'upstream.tar')
  await progress.step('image on every Node', async () => {
    await writeUpstreamImage(target, progress.line)
    const [stampFile, stamp] = [join(paths.lab, 'upstream-image'), await hashOf([], [target])]
    if (existsSync(stampFile) && (await readFile(stampFile, 'utf8')) === stamp) return
    await load(target)
    await writeFile(stampFile, stamp)
  })
  await progress.step('objects applied', async () => {
    await applyObjects([await agentInfoDefinition()])
    await applyObjects(upstreamObjects(currentTopology(), mode))
    // What ran before has another mode.
    await kubectl(['-n', names.namespace, 'delete', 'pods', '-l', names.agentSelector])
  })
  await progress.step('every Node Ready', async () => {
    await kubectl(['-n', names.namespace, 'rollout', 'status', `daemonset/${names.daemonSet}`, '--timeout=120s'])
    await kubectl(['wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=60s'])
  })
  await progress.step('Pods', startRecordedPods)
}

/** One after the other: the first on a Node must get the first address. */
async function startRecordedPods(): Promise<void> {
  for (const [name, nodeName] of Object.entries(recordedPods)) {
    await applyObjects([toolboxPod(name, {namespace: 'default', nodeName})])
    await kubectl(['-n', 'default', 'wait', '--for=condition=Ready', 'pod', name, '--timeout=60s'])
  }
}

const definition = v.looseObject({kind: v.string(), metadata: v.looseObject({name: v.string()})})

/** Ours has upstream's name and fields. */
async function agentInfoDefinition(): Promise<object> {
  const documents = parseAllDocuments(await readFile(join(paths.root, 'deploy', 'antrea.yml'), 'utf8'))
  const found = (Array.isArray(documents) ? documents : [])
    .map((document) => v.safeParse(definition, document.toJS()))
    .find(({success, output}) => success && output.metadata.name === 'antreaagentinfos.crd.antrea.io')
  if (found?.success !== true) throw new Error('deploy/antrea.yml defines no AntreaAgentInfo')
  return found.output
}
