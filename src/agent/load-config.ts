import {createHash} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {effectiveConfig} from '../model/agent-config.ts'
import type {ConfigSources} from '../model/config/effective.ts'
import {readEffective} from '../model/config/effective.ts'
import type {Surroundings} from '../model/refusals/row.ts'
import type {LoadedConfig} from './state.ts'

/** antrea-agent.conf as text and the Node's own configuration → what to run; throws CONFIG_INVALID with the sentence for condition ConfigValid. */
export function loadConfig(
  sources: ConfigSources,
  environment: NodeJS.ProcessEnv,
  around: Surroundings = {},
): LoadedConfig {
  const allowWithoutProxy = environment['ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY'] === 'true'
  return {hash: hashOf(sources.text), ...effectiveConfig(sources, {...around, allowWithoutProxy})}
}

/** First 12 hex digits of SHA-256 over the text as read: how people and the CLI tell configurations apart. */
export function hashOf(source: string): string {
  return createHash('sha256').update(source).digest('hex').slice(0, 12)
}

/**
 * What must be known before the API server can be reached, from the mounted copy. A text that is refused for something
 * else still says it: the API is to be up, and to tell of the refusal. Defaults where the text cannot be read at all.
 */
export async function readBootstrap(
  file: string,
): Promise<{readonly kubeAPIServerOverride?: string; readonly apiPort?: number}> {
  try {
    const {values} = readEffective({text: await readFile(file, 'utf8')}, {})
    const {kubeAPIServerOverride, apiPort} = values
    return {apiPort, ...(kubeAPIServerOverride !== '' && {kubeAPIServerOverride})}
  } catch {
    return {}
  }
}
