import * as v from 'valibot'
import {kubectl, onNode} from './cluster.ts'
import {nodes} from './fabric.ts'

const pods = v.object({
  items: v.array(
    v.object({
      metadata: v.object({name: v.string(), namespace: v.string()}),
      status: v.object({
        containerStatuses: v.array(v.object({name: v.string(), containerID: v.string(), restartCount: v.number()})),
      }),
    }),
  ),
})

/** Every container of the cluster and, on each Node, the process ids of agent and switch. */
export async function processes(): Promise<unknown> {
  const list = v.parse(pods, JSON.parse(await kubectl('get', 'pods', '-A', '-o', 'json')))
  const containers = list.items.flatMap(({metadata, status}) =>
    status.containerStatuses.map((one) => [
      metadata.namespace,
      metadata.name,
      one.name,
      one.containerID,
      one.restartCount,
    ]),
  )
  const pids = await Promise.all(
    nodes.map(async ({name: node}) => [
      await onNode(node, 'pgrep', '-x', 'ovs-vswitchd'),
      await onNode(node, 'pgrep', '-f', '^[^ ]*node .*antrea-agent.mjs'),
    ]),
  )
  return {containers: containers.map((row) => row.join(' ')).sort(), pids}
}
