import {isDeepStrictEqual} from 'node:util'
import {isMapping, type Mapping, type Path, valueAt, withoutValue, withValue} from '../../model/config/place.ts'
import type {Change, Journal, NodeConfigContent} from '../../model/change.ts'
import type {Direction} from '../../model/change-event.ts'
import {type TrafficMode, trafficModeNames} from '../../model/traffic-mode.ts'

/** What a change alters. */
export interface ModeValues {
  readonly trafficEncapMode: TrafficMode
  readonly noSNAT: boolean
}

export const changedKeys = ['trafficEncapMode', 'noSNAT'] as const satisfies readonly (keyof ModeValues)[]

/** On an AntreaNodeConfig that a change wrote, so that who finds it knows whose it is. */
export const changeAnnotation = 'antctl.internal/change'

/** What all Nodes are to run in that direction. */
export function valuesOf({plan}: Pick<Change, 'plan'>, direction: Direction): ModeValues {
  return direction === 'forward'
    ? {trafficEncapMode: plan.to, noSNAT: plan.noSNAT.to}
    : {trafficEncapMode: plan.from, noSNAT: plan.noSNAT.from}
}

/** What one Node is to run: going back, whatever it ran before, by its own word if it had one. */
export function nodeValues(change: Change, node: string, direction: Direction): ModeValues {
  const values = valuesOf(change, direction)
  return direction === 'forward' ? values : {...values, ...ownValues(change.nodeConfigs[node])}
}

/** The AntreaNodeConfig that a Node has in that direction until the ConfigMap says it; undefined: none. */
export function toldContent(
  change: Change,
  {direction, configTouched}: Pick<Journal, 'direction' | 'configTouched'>,
  node: string,
): NodeConfigContent | undefined {
  if (change.plan.scope === 'nodes' && direction === 'back') return change.nodeConfigs[node]
  const below = valuesOf(change, direction === 'back' && configTouched ? 'forward' : 'back')
  return wantedNodeConfig(change, node, {values: nodeValues(change, node, direction), below})
}

/** All that this change may write for that Node. */
export function contentsOf(change: Change, node: string): readonly (NodeConfigContent | undefined)[] {
  return [
    toldContent(change, {direction: 'forward', configTouched: false}, node),
    toldContent(change, {direction: 'back', configTouched: true}, node),
  ]
}

/** With as little changed as possible of what the Node had, while the ConfigMap says `below`. */
function wantedNodeConfig(
  change: Change,
  node: string,
  {values, below}: {readonly values: ModeValues; readonly below: ModeValues},
): NodeConfigContent | undefined {
  const had = change.nodeConfigs[node]
  const own = ownValues(had)
  const differing = changedKeys.filter((key) => (own[key] ?? below[key]) !== values[key])
  if (differing.length === 0) return had
  const changed = differing.reduce<NodeConfigContent>(
    (content, key) =>
      values[key] === below[key] ? without(content, key) : withValue(content, agentKey(key), values[key]),
    had ?? {},
  )
  const isOurs = annotationsOf(had)[changeAnnotation] !== undefined
  if (isOurs && !isMapping(changed['spec'])) return undefined
  return withValue(changed, ['metadata', 'annotations'], {...annotationsOf(had), [changeAnnotation]: change.id})
}

/** The keys that a Node then has from its own AntreaNodeConfig. */
export function ownKeys(content: NodeConfigContent | undefined): readonly (keyof ModeValues)[] {
  return changedKeys.filter((key) => valueAt(content, agentKey(key)) !== undefined)
}

/** Do both say the same? When an agent was last restarted is the affair of antctl restart. */
export function sameContent(a: NodeConfigContent | undefined, b: NodeConfigContent | undefined): boolean {
  return isDeepStrictEqual(comparable(a), comparable(b))
}

/** With what antctl restart wrote meanwhile; undefined: nothing is left. */
export function carryingRestart(
  want: NodeConfigContent | undefined,
  found: NodeConfigContent | undefined,
): NodeConfigContent | undefined {
  const restart = valueAt(found, restartPath)
  return restart === undefined ? want : withValue(want ?? {}, restartPath, restart)
}

const restartPath: Path = ['spec', 'restartRequestedAt']

function comparable(content: NodeConfigContent | undefined): unknown {
  const rest = withoutValue(content, restartPath)
  return isMapping(rest) && Object.keys(rest).length > 0 ? rest : undefined
}

/** Mappings that are empty then go, too. */
function without(content: NodeConfigContent, key: keyof ModeValues): Mapping {
  const left = withoutValue(content, agentKey(key))
  return isMapping(left) ? left : {}
}

function agentKey(key: keyof ModeValues): Path {
  return ['spec', 'agent', key]
}

function annotationsOf(content: NodeConfigContent | undefined): Mapping {
  const metadata = content?.['metadata']
  const annotations = isMapping(metadata) ? metadata['annotations'] : undefined
  return isMapping(annotations) ? annotations : {}
}

/** What a Node says of itself, where it says anything. */
function ownValues(content: NodeConfigContent | undefined): Partial<ModeValues> {
  const [mode, noSNAT] = [valueAt(content, agentKey('trafficEncapMode')), valueAt(content, agentKey('noSNAT'))]
  const known = trafficModeNames.find((name) => typeof mode === 'string' && name.toLowerCase() === mode.toLowerCase())
  return {...(known !== undefined && {trafficEncapMode: known}), ...(typeof noSNAT === 'boolean' && {noSNAT})}
}
