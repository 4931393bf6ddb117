import * as v from 'valibot'
import {names} from '../names.ts'
import {judge} from '../refusals/judge.ts'
import {type Refused, refusalError, refused, type RefusedPlace} from '../refusals/refuse.ts'
import type {Surroundings} from '../refusals/row.ts'
import {refusals} from '../refusals/table.ts'
import {documentOf, readDocument} from './document.ts'
import {clusterWide, type ConfigValues, keys} from './keys.ts'
import {leaves} from './outline.ts'
import {isMapping, type Mapping, parsePath, type Path, valueAt} from './place.ts'
import {lineNear, respell, type Respelled} from './spellings.ts'
import {unknownKeys} from './unknown-keys.ts'
import {wrongValues} from './wrong-values.ts'

/** The Node's AntreaNodeConfig: `agent` is its spec.agent, with the same keys. */
export interface NodeConfig {
  readonly name: string
  readonly agent: unknown
}

/** What an agent's configuration is made of. */
export interface ConfigSources {
  /** antrea-agent.conf of ConfigMap antrea-config. */
  readonly text: string
  readonly nodeConfig?: NodeConfig
}

/** Every value in force on a Node, who set it, and what is to be said of it. */
export interface Effective {
  readonly values: ConfigValues
  /** By dotted key: default, configmap/antrea-config or antreanodeconfig/NAME. */
  readonly sources: Readonly<Record<string, string>>
  readonly warnings: readonly string[]
  readonly refused: readonly Refused[]
}

/** Reads all that can be read: what is refused has its default among the values. Throws CONFIG_INVALID for no text. */
export function readEffective({text, nodeConfig}: ConfigSources, around: Surroundings): Effective {
  const layers = [layer(`configmap/${names.configMap}`, respell(readDocument(names.configKey, text)))]
  if (nodeConfig !== undefined) {
    const {name, agent} = nodeConfig
    layers.push(nodeLayer(layer(`antreanodeconfig/${name}`, respell(documentOf(`AntreaNodeConfig ${name}`, agent)))))
  }
  const found = layers.flatMap(({refused}) => refused)
  // Upstream goes on past a key that it does not know; a later version of it may know the key.
  const isRefused = ({id}: Refused) => around.agent !== 'upstream' || refusals[id].by !== 'ours'
  const unreadable = found.filter(isRefused)
  const passedOver = found.filter((one) => !isRefused(one)).map(({sentence}) => sentence)
  const merged = v.safeParse(
    keys,
    layers.reduce((lower, {rest}) => merge(lower, rest), {}),
  )
  if (!merged.success) throw refusalError(unreadable)
  const values = merged.output
  const setBy = (path: Path) => layers.findLast(({document}) => isSet(document.value, path))
  const placeOf = (key: string): RefusedPlace => {
    const {document} = setBy(parsePath(key)) ?? {}
    return {source: document?.name ?? names.configKey, line: document && lineNear(document, parsePath(key))}
  }
  return {
    values,
    sources: Object.fromEntries(leaves().map(({path}) => [path, setBy(parsePath(path))?.label ?? 'default'])),
    warnings: [...layers.flatMap(({warnings}) => warnings), ...passedOver],
    // Beside a key that cannot be read its default would be judged, which nobody meant.
    refused: unreadable.length > 0 ? unreadable : judge({values, around}, placeOf),
  }
}

interface Layer extends Respelled {
  readonly label: string
  /** What of it can be read. */
  readonly rest: Mapping
}

function layer(label: string, respelled: Respelled): Layer {
  const {document} = respelled
  const {refused, rest} = wrongValues(document)
  return {...respelled, label, rest, refused: [...respelled.refused, ...unknownKeys(document), ...refused]}
}

function nodeLayer(own: Layer): Layer {
  const keys = clusterWide.filter((key) => isSet(own.document.value, parsePath(key)))
  return {
    ...own,
    refused: [...own.refused, ...keys.map((key) => refused('cluster-wide', {key}, {source: own.document.name}))],
  }
}

/** Lists are taken as a whole; of mappings the upper one's keys win. An empty value changes nothing. */
function merge(lower: Mapping, upper: Mapping): Mapping {
  const both = new Map(Object.entries(lower))
  for (const [name, value] of Object.entries(upper)) {
    if (value === null || value === undefined) continue
    const below = both.get(name)
    both.set(name, isMapping(below) && isMapping(value) ? merge(below, value) : value)
  }
  return Object.fromEntries(both)
}

function isSet(value: unknown, path: Path): boolean {
  return (valueAt(value, path) ?? null) !== null
}
