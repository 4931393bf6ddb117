import * as v from 'valibot'
import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import type {ApiCredentials} from './api.ts'
import {type ExecResult, execInPod} from './exec.ts'

export interface GatewayRoute {
  readonly to: string
  readonly via?: string
}

const milliseconds = 8_000
const routes = v.array(v.object({dst: v.string(), gateway: v.exactOptional(v.string())}))

/** What a Node's kernel sends to antrea-gw0, by exec in the agent's container: it is in the Node's network. */
export async function readGatewayRoutes(credentials: ApiCredentials, pod: string): Promise<readonly GatewayRoute[]> {
  const {exitCode, stdout, stderr} = await run(credentials, pod, [
    'ip',
    '-json',
    'route',
    'show',
    'dev',
    names.gatewayPort,
  ])
  const parsed = v.safeParse(routes, readJson(stdout === '' ? '[]' : stdout))
  if (exitCode === 0 && parsed.success) {
    return parsed.output.map(({dst, gateway}) => ({to: dst, ...(gateway !== undefined && {via: gateway})}))
  }
  throw new AntctlError('AGENT_ANSWER', `the routes of ${pod} cannot be read: ${stderr.trim().slice(0, 200)}`, {
    remedy: [
      `kubectl -n ${names.namespace} exec ${pod} -c ${names.agentContainer} -- ip route show dev ${names.gatewayPort}`,
    ],
  })
}

/** Whether it was there does not matter: who asks looks again. */
export async function runOnNode(credentials: ApiCredentials, pod: string, command: readonly string[]): Promise<void> {
  await run(credentials, pod, command)
}

function run(credentials: ApiCredentials, pod: string, command: readonly string[]): Promise<ExecResult> {
  const target = {namespace: names.namespace, pod, container: names.agentContainer, command}
  return execInPod(credentials, target, {timeout: milliseconds})
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
