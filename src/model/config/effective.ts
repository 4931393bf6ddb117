import * as v from 'valibot'
import {judge} from '../refusals/judge.ts'
import {type Refused, refusalError, refused} from '../refusals/refuse.ts'
import type {Surroundings} from '../refusals/row.ts'
import {type ConfigDocument, documentOf, readDocument} from './document.ts'
import {clusterWide, type ConfigValues, keys} from './keys.ts'
import {leaves} from './outline.ts'
import {isMapping, type Mapping, parsePath, type Path, pathText, valueAt} from './place.ts'
import {lineNear, respell} from './spellings.ts'
import {unknownKeys} from './unknown-keys.ts'

/** What an agent's configuration is made of. */
export interface ConfigSources {
  /** antrea-agent.conf of ConfigMap antrea-config. */
  readonly text: string
  /** The Node's AntreaNodeConfig: `agent` is its spec.agent, with the same keys. */
  readonly nodeConfig?: {readonly name: string; readonly agent: unknown}
}

/** Every value in force on a Node, who set it, and what is to be said of it. */
export interface Effective {
  readonly values: ConfigValues
  /** By dotted key: default, configmap/antrea-config or antreanodeconfig/NAME. */
  readonly sources: Readonly<Record<string, string>>
  readonly warnings: readonly string[]
  readonly refused: readonly Refused[]
}

/** Reads all that can be read; throws CONFIG_INVALID where a text is none, or a value has no meaning. */
export function readEffective({text, nodeConfig}: ConfigSources, around: Surroundings): Effective {
  const map = respell(readDocument('antrea-agent.conf', text))
  const own = nodeConfig && respell(documentOf(`AntreaNodeConfig ${nodeConfig.name}`, nodeConfig.agent))
  const documents = [map.document, ...(own === undefined ? [] : [own.document])]
  const problems = [
    ...map.refused,
    ...(own?.refused ?? []),
    ...documents.flatMap((document) => [...unknownKeys(document), ...wrongValues(document)]),
    ...(own === undefined ? [] : clusterWideKeys(own.document)),
  ]
  const merged = v.safeParse(
    keys,
    own === undefined ? map.document.value : merge(map.document.value, own.document.value),
  )
  if (!merged.success) throw refusalError(problems)
  const values = merged.output
  const setBy = (path: Path) => documents.findLast(({value}) => (valueAt(value, path) ?? null) !== null)
  const judged = judge({values, around}, (key) => {
    const document = key === undefined ? undefined : setBy(parsePath(key))
    return document === undefined || key === undefined
      ? {source: 'antrea-agent.conf'}
      : {source: document.name, line: lineNear(document, parsePath(key))}
  })
  const names = new Map<unknown, string>([
    [map.document, 'configmap/antrea-config'],
    [own?.document, `antreanodeconfig/${nodeConfig?.name}`],
    [undefined, 'default'],
  ])
  const sources = leaves().map(({path}) => [path, names.get(setBy(parsePath(path))) ?? 'default'])
  return {
    values,
    sources: Object.fromEntries(sources),
    warnings: [...map.warnings, ...(own?.warnings ?? [])],
    refused: [...problems, ...judged],
  }
}

/** Lists are taken as a whole; of mappings the upper one's keys win. An empty value changes nothing. */
export function merge(lower: Mapping, upper: Mapping): Mapping {
  const both = new Map(Object.entries(lower))
  for (const [name, value] of Object.entries(upper)) {
    if (value === null || value === undefined) continue
    const below = both.get(name)
    both.set(name, isMapping(below) && isMapping(value) ? merge(below, value) : value)
  }
  return Object.fromEntries(both)
}

function wrongValues(document: ConfigDocument): readonly Refused[] {
  const {issues = []} = v.safeParse(keys, document.value)
  return issues.map(({path = [], message, input}) => {
    const place = path.map(({key}) => (typeof key === 'number' ? key : String(key)))
    return refused(
      'value-wrong',
      {key: place.length === 0 ? 'it' : pathText(place), expected: message, value: shown(input)},
      {source: document.name, line: lineNear(document, place)},
    )
  })
}

function clusterWideKeys(document: ConfigDocument): readonly Refused[] {
  return clusterWide.flatMap((key) =>
    (valueAt(document.value, parsePath(key)) ?? null) === null
      ? []
      : [refused('cluster-wide', {key}, {source: document.name})],
  )
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
