import * as v from 'valibot'
import {AntctlError} from '../model/errors.ts'
import type {ObjectReference} from '../model/agent-info.ts'
import {names} from '../model/names.ts'
import type {ApiServer, CallOptions} from './api.ts'

/** Asks the Node's agent to end in order; kubelet starts it anew. Made where the Node has no AntreaNodeConfig. */
export async function requestRestart(api: ApiServer, node: string, at: Date, options: CallOptions): Promise<void> {
  const path = `/apis/crd.antrea.io/v1alpha1/antreanodeconfigs/${encodeURIComponent(node)}`
  const object = {
    apiVersion: 'crd.antrea.io/v1alpha1',
    kind: 'AntreaNodeConfig',
    metadata: {name: node},
    spec: {restartRequestedAt: at.toISOString()},
  }
  // Server-side apply: of an object that is there it touches this field and no other.
  await api.patch(`${path}?fieldManager=antctl-restart&force=true`, object, 'application/apply-patch+yaml', options)
}

/** The DaemonSet makes another one. */
export async function deleteAgentPod(api: ApiServer, pod: ObjectReference, options: CallOptions): Promise<void> {
  await api.delete(pathOf(pod), options)
}

/** What kubelet says of a container of the Pod that does not run; undefined: nothing. */
export async function agentPodTrouble(
  api: ApiServer,
  pod: ObjectReference,
  options: CallOptions,
): Promise<string | undefined> {
  const parsed = v.safeParse(podSchema, await api.get(pathOf(pod), options))
  if (!parsed.success) return undefined
  const waiting = parsed.output.status.containerStatuses.find(({state}) => state?.waiting !== undefined)
  if (waiting === undefined) return undefined
  const {reason, message} = waiting.state?.waiting ?? {}
  return `its container ${waiting.name} waits: ${message ?? reason ?? 'kubelet gives no reason'}`
}

const podSchema = v.object({
  status: v.object({
    containerStatuses: v.array(
      v.object({
        name: v.string(),
        state: v.exactOptional(
          v.object({
            waiting: v.exactOptional(
              v.object({reason: v.exactOptional(v.string()), message: v.exactOptional(v.string())}),
            ),
          }),
        ),
      }),
    ),
  }),
})

function pathOf({namespace = names.namespace, name}: ObjectReference): string {
  if (name === undefined) throw new AntctlError('AGENT_MISSING', 'an agent does not say which Pod it is')
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`
}
