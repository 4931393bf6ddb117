import type {AgentInfo} from '../../model/agent-info.ts'
import {names} from '../../model/names.ts'
import {readDocument} from '../../model/config/document.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import {groupAlike} from './alike.ts'

interface Setting {
  readonly key: string
  readonly value: string | number | boolean
  readonly source: string
}

/** What each agent says that it runs; of upstream's, which do not say, what is written for them. */
export async function configRows(
  infos: readonly AgentInfo[],
  stored: () => Promise<string>,
): Promise<readonly (Setting & {readonly nodes: readonly string[]})[]> {
  const written = infos.every(isOurAgent) ? [] : writtenSettings(await stored())
  const answers = infos.map((info) => ({
    node: nodeOf(info),
    answer: isOurAgent(info) ? runningSettings(info) : written,
  }))
  return groupAlike(answers).toSorted((a, b) => a.key.localeCompare(b.key, 'en'))
}

function runningSettings({config}: AgentInfo): readonly Setting[] {
  return Object.entries(config?.values ?? {}).map(([key, value]) => ({
    key,
    value,
    source: config?.sources?.[key] ?? 'default',
  }))
}

function writtenSettings(text: string): readonly Setting[] {
  const source = `configmap/${names.configMap}, as written`
  return leavesOf(readDocument(names.configKey, text).value, '').map(([key, value]) => ({key, value, source}))
}

function leavesOf(value: unknown, path: string): readonly (readonly [string, string | number | boolean])[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, path === '' ? key : `${path}.${key}`))
  }
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return [[path, value]]
  return [[path, Array.isArray(value) ? value.join(',') : '']]
}
