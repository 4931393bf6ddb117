import {effectiveConfig, type EffectiveValues} from '../../model/agent-config.ts'
import type {AgentInfo} from '../../model/agent-info.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'

/** One Node that does not run what the ConfigMap says, in a sentence. */
export interface ConfigDrift {
  readonly node: string
  readonly sentence: string
}

/** What Nodes run other than the ConfigMap's text says: by their own AntreaNodeConfig, or because they did not take it up. */
export function configDrift(text: string, infos: readonly AgentInfo[]): readonly ConfigDrift[] {
  const {values} = effectiveConfig({text})
  return infos.flatMap((info) => {
    const sentences = [...ownValues(info), ...laggingValues(info, values), ...tunnelsInTurn(info)]
    return sentences.map((sentence) => ({node: nodeOf(info), sentence}))
  })
}

function ownValues({config}: AgentInfo): readonly string[] {
  const own = Object.entries(config?.sources ?? {}).filter(([, source]) => isOwn(source))
  const words = own.map(([key]) => `${key}: ${shown(config?.values?.[key])}`)
  return words.length === 0 ? [] : [`has its own ${words.join(', ')} (AntreaNodeConfig)`]
}

/** The reason is the condition's: what was refused, or waits for the agent's next start. */
function laggingValues({config, agentConditions}: AgentInfo, said: EffectiveValues): readonly string[] {
  const {values, sources = {}} = config ?? {}
  if (values === undefined) return []
  const others = Object.entries(said).filter(
    ([key, value]) => values[key] !== undefined && values[key] !== value && !isOwn(sources[key]),
  )
  if (others.length === 0) return []
  const words = others.map(([key, value]) => `${key} ${shown(values[key])}, not ${shown(value)}`)
  const why = agentConditions.find(({type, status}) => type === 'ConfigValid' && status === 'False')?.message
  return [`runs ${words.join('; ')}${why === undefined ? '' : `: ${why}`}`]
}

function tunnelsInTurn({networkInfo: {tunnels = []}}: AgentInfo): readonly string[] {
  const [sending, ...others] = tunnels
  return others.length === 0
    ? []
    : [`changes its tunnel: it sends by ${sending} and receives by ${others.join(', ')}, too`]
}

function isOwn(source: string | undefined): boolean {
  return source?.startsWith('antreanodeconfig/') === true
}

function shown(value: string | number | boolean | undefined): string {
  return value === undefined || value === '' ? '""' : String(value)
}
