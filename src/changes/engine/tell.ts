import {type Change, type Journal, type NodeConfigContent} from '../../model/change.ts'
import {AntctlError} from '../../model/errors.ts'
import type {StoredNodeConfig} from '../../cluster/node-configs.ts'
import type {ChangedObjects} from './cluster.ts'
import type {Drive} from './drive.ts'
import {assertNodeConfigsAreOurs} from './foreign-edits.ts'
import type {OverrideStep} from './steps.ts'
import {carryingRestart, sameContent, toldContent} from './wanted.ts'

/** Milliseconds are those of the API server: as many writes at once. */
const atOnce = 16
const tries = 5

/** What the Node's AntreaNodeConfig must be after this step. */
export function contentAfter(change: Change, journal: Journal, {kind}: Pick<OverrideStep, 'kind'>, node: string) {
  return kind === 'restore' ? change.nodeConfigs[node] : toldContent(change, journal, node)
}

/** Those of the step whose AntreaNodeConfig is not yet as it must be. */
export async function untold({change, cluster, journal}: Drive, step: OverrideStep): Promise<readonly string[]> {
  const found = await cluster.readNodeConfigs()
  assertNodeConfigsAreOurs(change, journal.now(), step.kind, found)
  return step.nodes.filter(
    (node) => !sameContent(found.get(node)?.content, contentAfter(change, journal.now(), step, node)),
  )
}

/** Writes the AntreaNodeConfigs of these Nodes, whatever of it was done before. */
export async function tell(drive: Drive, step: OverrideStep, nodes: readonly string[]): Promise<void> {
  const {change, cluster, journal} = drive
  let left = nodes
  for (let round = 0; left.length > 0; round += 1) {
    const found = await cluster.readNodeConfigs()
    assertNodeConfigsAreOurs(change, {...journal.now(), nodes: {}}, step.kind, found)
    const again: string[] = []
    for (let at = 0; at < left.length; at += atOnce) {
      await drive.checkpoint()
      const part = left.slice(at, at + atOnce)
      const wrote = await Promise.all(
        part.map((node) => put(cluster, node, contentAfter(change, journal.now(), step, node), found.get(node))),
      )
      again.push(...part.filter((_, index) => wrote[index] !== 'done'))
    }
    if (round === tries && again.length > 0)
      throw new AntctlError('API_CONFLICT', `the AntreaNodeConfig of ${again[0] ?? ''} changes all the time`)
    left = again
  }
}

/** conflict: somebody wrote it meanwhile, or an answer was lost; it is to be read anew. */
async function put(
  cluster: ChangedObjects,
  node: string,
  want: NodeConfigContent | undefined,
  found: StoredNodeConfig | undefined,
): Promise<'done' | 'conflict'> {
  if (sameContent(want, found?.content)) return 'done'
  try {
    const content = carryingRestart(want, found?.content)
    if (content !== undefined) await cluster.writeNodeConfig(node, content, found?.resourceVersion)
    else if (found !== undefined) await cluster.deleteNodeConfig(node, found.resourceVersion)
    return 'done'
  } catch (error) {
    if (error instanceof AntctlError && (error.code === 'API_CONFLICT' || error.code === 'API_NOT_FOUND'))
      return 'conflict'
    throw error
  }
}
