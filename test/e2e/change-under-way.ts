import * as v from 'valibot'
import {until} from '../long/node.ts'
import {antctl, antctlLines, antctlOk, kubectl} from './cluster.ts'

const event = v.looseObject({
  event: v.string(),
  node: v.optional(v.string()),
  state: v.optional(v.string()),
  direction: v.optional(v.string()),
  why: v.optional(v.string()),
})
export type Told = v.InferOutput<typeof event>

/** `antctl set-mode` while it is at it: what it has told, and how it ends. */
export function startChange(...args: readonly string[]) {
  const told: Told[] = []
  const running = antctlLines(
    (line) => told.push(v.parse(event, JSON.parse(line))),
    'set-mode',
    ...args,
    '--yes',
    '--no-preflight',
    '--events',
  )
  return {
    told,
    /** Resolves as soon as it has told of that. */
    has: (what: string, isIt: (told: Told) => boolean) =>
      until(what, async () => told.some(isIt), {seconds: 90, pause: 50}),
    /** Once its first Nodes are proven: in the middle. */
    isHalfWay: () => until('a Node is proven', async () => told.some(isProven), {seconds: 60, pause: 20}),
    ended: running,
    kill: (signal: 'SIGKILL' | 'SIGINT') => running.kill(signal),
  }
}

export function isProven({event: name, state}: Told): boolean {
  return name === 'node' && state === 'verified'
}

/** What a change must bring back byte for byte. */
export async function configuration(): Promise<string> {
  const objects = 'jsonpath={range .items[*]}{.metadata.name}{.metadata.labels}{.metadata.annotations}{.spec}{end}'
  const text = await kubectl('-n', 'kube-system', 'get', 'configmap', 'antrea-config', '-o', 'jsonpath={.data}')
  return `${text} ${await kubectl('get', 'antreanodeconfigs', '-o', objects)}`
}

/** The mode that each Node runs by its own account. */
export async function modes(): Promise<string> {
  return kubectl('get', 'antreaagentinfos', '-o', 'jsonpath={.items[*].networkInfo.trafficEncapMode}')
}

/** From encap to hybrid, or back: whichever the cluster does not run. */
export async function otherMode(): Promise<'encap' | 'hybrid'> {
  return (await modes()).startsWith('encap') ? 'hybrid' : 'encap'
}

const conf = 'antrea-agent.conf'
const config = v.object({data: v.looseObject({[conf]: v.string()})})

export async function agentConf(): Promise<string> {
  const text = await kubectl('-n', 'kube-system', 'get', 'configmap', 'antrea-config', '-o', 'json')
  return v.parse(config, JSON.parse(text)).data[conf]
}

export async function writeAgentConf(text: string): Promise<void> {
  const patch = JSON.stringify({data: {[conf]: text}})
  await kubectl('-n', 'kube-system', 'patch', 'configmap', 'antrea-config', '--type=merge', '-p', patch)
}

/** Whatever a test left half-way; what is finished stays so: the underlay of then may be gone. */
export async function backToEncap(): Promise<void> {
  if (await isUnfinished()) {
    await antctl('set-mode', '--abort')
    await antctlOk('set-mode', '--undo', '--yes', '--no-preflight')
  }
  await antctlOk('set-mode', 'encap', '--yes', '--no-preflight')
}

async function isUnfinished(): Promise<boolean> {
  const {change} = v.parse(status, JSON.parse(await antctlOk('set-mode', '--status', '-o', 'json')))
  return change !== undefined && ['running', 'stopped'].includes(change.state)
}

const status = v.looseObject({change: v.optional(v.looseObject({state: v.string()}))})
