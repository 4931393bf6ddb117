import {existsSync} from 'node:fs'
import {Agent} from 'node:http'
import {connect} from 'node:net'
import type {AgentInfo} from '../model/agent-info.ts'
import {names} from '../model/names.ts'
import {translateAgentInfo} from './agent-infos.ts'
import {parseBounded} from './bounded-json.ts'
import {type KubeconfigChoice, kubeconfigFiles} from './kubeconfig.ts'
import {contentOf, exchange} from './road-get.ts'

/** As upstream's antctl knows it: in an agent's own Pod, where nobody names another cluster. */
export function isInAgentPod(choice: KubeconfigChoice, environment: NodeJS.ProcessEnv): boolean {
  if (environment['POD_NAME']?.startsWith(names.daemonSet) !== true || choice.server !== undefined) return false
  return (
    choice.context === undefined && kubeconfigFiles(choice, environment) === undefined && existsSync(names.apiSocket)
  )
}

/** HTTP over the agent's socket: who may open it is root of the Node, and shows no token. */
export function socketAgent(socketPath: string): Agent {
  return new (class extends Agent {
    override createConnection() {
      return connect(socketPath)
    }
  })({keepAlive: true, maxSockets: 1})
}

/** What the agent of this Node says of itself. */
export async function localAgentInfo(socketPath: string, signal: AbortSignal): Promise<AgentInfo> {
  const agent = socketAgent(socketPath)
  const asked = {node: 'this Node', path: '/agentinfo', timeout: 10_000, signal}
  try {
    return translateAgentInfo(contentOf(asked, await exchange(agent, asked, '', 1024 * 1024), parseBounded))
  } finally {
    agent.destroy()
  }
}
