import {setTimeout as sleep} from 'node:timers/promises'
import * as v from 'valibot'
import {AntctlError} from '../../model/errors.ts'
import type {Ip} from '../../model/address.ts'
import type {ApiServer} from '../../cluster/api.ts'
import {translatePod} from '../../cluster/pods.ts'
import {probeNamespace, probePod, probePodName} from './probe-pods.ts'

/** Probe Pods that answer, one a Node; disposing of them deletes their namespace, also after a Ctrl-C. */
export interface Probes extends AsyncDisposable {
  readonly namespace: string
  readonly addresses: ReadonlyMap<string, Ip>
}

export interface ProbeOptions {
  readonly nodes: readonly string[]
  readonly image: string
  readonly signal: AbortSignal
}

export async function startProbes(api: ApiServer, {nodes, image, signal}: ProbeOptions): Promise<Probes> {
  await using undo = new AsyncDisposableStack()
  const namespace = v.parse(named, await api.post('/api/v1/namespaces', probeNamespace(), {signal})).metadata.name
  undo.defer(() => removeNamespace(api, namespace))
  const pods = `/api/v1/namespaces/${namespace}/pods`
  await Promise.all(nodes.map((node) => createPod(api, pods, probePod(node, image), signal)))
  const addresses = await awaitAddresses(api, pods, nodes, signal)
  const kept = undo.move()
  return {namespace, addresses, [Symbol.asyncDispose]: () => kept.disposeAsync()}
}

const named = v.object({metadata: v.object({name: v.string()})})

/** A new namespace has no ServiceAccount `default` for a moment, and Pods are refused until it has. */
async function createPod(api: ApiServer, pods: string, pod: object, signal: AbortSignal): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await api.post(pods, pod, {signal})
      return
    } catch (error) {
      const early =
        error instanceof AntctlError && error.code === 'API_FORBIDDEN' && /serviceaccount/iu.test(error.message)
      if (!early || tries >= 50) throw error
      await sleep(100, undefined, {signal})
    }
  }
}

async function awaitAddresses(
  api: ApiServer,
  path: string,
  nodes: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Ip>> {
  for (;;) {
    signal.throwIfAborted()
    const {items} = await api.list(path, {signal})
    const stuck = items.map(troubleOf).find((trouble) => trouble !== undefined)
    if (stuck !== undefined)
      throw new AntctlError('UNHEALTHY', stuck, {remedy: ['name an image that the Nodes can have: --image IMAGE']})
    const running = items.map(translatePod).filter(({phase}) => phase === 'Running')
    const addresses = new Map(
      nodes.flatMap((node) => {
        const ip = running.find(({name}) => name === probePodName(node))?.ip
        return ip === undefined ? [] : [[node, ip] as const]
      }),
    )
    if (addresses.size === nodes.length) return addresses
    await sleep(200, undefined, {signal}).catch(() => undefined)
  }
}

const waiting = v.object({
  metadata: v.object({name: v.string()}),
  status: v.object({
    containerStatuses: v.array(
      v.object({state: v.object({waiting: v.object({reason: v.string(), message: v.optional(v.string(), '')})})}),
    ),
  }),
})

/** Reasons that do not pass by waiting. */
const hopeless = /^(?:ErrImage|ImagePullBackOff|InvalidImageName|CreateContainer)/u

function troubleOf(pod: unknown): string | undefined {
  const parsed = v.safeParse(waiting, pod)
  const state = parsed.success ? parsed.output.status.containerStatuses[0]?.state.waiting : undefined
  if (!parsed.success || state === undefined || !hopeless.test(state.reason)) return undefined
  return `the probe Pod ${parsed.output.metadata.name} does not start: ${state.reason} ${state.message}`.trim()
}

/** With a deadline of its own: it runs also when the command was interrupted. */
async function removeNamespace(api: ApiServer, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}`
  const until = Date.now() + 30_000
  await api.delete(path, {timeout: 10_000})
  while (Date.now() < until) {
    try {
      await api.get(path, {timeout: 10_000})
    } catch (error) {
      if (error instanceof AntctlError && error.code === 'API_NOT_FOUND') return
      throw error
    }
    await sleep(200)
  }
}
