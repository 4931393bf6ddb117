import {createHash} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {parseAgentConfig} from '../model/agent-config.ts'
import {AntctlError} from '../model/errors.ts'
import type {LoadedConfig} from './state.ts'

/** antrea-agent.conf as text → what to run; throws with the sentence for condition ConfigValid. */
export function loadConfig(source: string, environment: NodeJS.ProcessEnv): LoadedConfig {
  const config = parseAgentConfig(source)
  const allowed = environment['ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY'] === 'true'
  if (config.trafficEncapMode !== 'encap' && !allowed) {
    throw new AntctlError(
      'CONFIG_INVALID',
      `antrea-agent.conf: trafficEncapMode ${config.trafficEncapMode} needs AntreaProxy, which is not available yet`,
      {remedy: ['set ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY=true in the DaemonSet and keep kube-proxy']},
    )
  }
  return {hash: hashOf(source), config}
}

/** First 12 hex digits of SHA-256 over the text as read: how people and the CLI tell configurations apart. */
export function hashOf(source: string): string {
  return createHash('sha256').update(source).digest('hex').slice(0, 12)
}

/** What must be known before the API server can be reached, from the mounted copy; defaults where that cannot be read. */
export async function readBootstrap(
  file: string,
): Promise<{readonly kubeAPIServerOverride?: string; readonly apiPort?: number}> {
  try {
    const {kubeAPIServerOverride, apiPort} = parseAgentConfig(await readFile(file, 'utf8'))
    return {apiPort, ...(kubeAPIServerOverride !== undefined && {kubeAPIServerOverride})}
  } catch {
    return {}
  }
}
