import type {PathKind} from '../../model/path.ts'
import type {ProbeResult} from '../../model/probe.ts'
import {isTrafficMode, type TrafficMode} from '../../model/traffic-mode.ts'
import {effectiveConfig} from '../../model/agent-config.ts'
import {readStoredConfig} from '../../cluster/config-map.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import type {Session} from '../../cluster/session.ts'
import {fromEachNode, type NodeAnswers} from '../facts/each-node.ts'
import {requireProbing} from '../facts/own-agents.ts'
import {probePairs} from '../probes/run.ts'
import {observePairs} from './observe-pairs.ts'
import {type Prediction, predictPaths} from './predict.ts'
import type {PairFindings} from './pair-faults.ts'
import {findingKey, type PathTable, pathTable} from './table.ts'

export interface PathWish {
  /** predict: the API server alone is asked. observe: the agents also send probes. */
  readonly depth: 'predict' | 'install' | 'observe'
  readonly signal: AbortSignal
  readonly onProgress?: (text: string) => void
}

export interface Gathered {
  readonly tables: readonly PathTable[]
  readonly failures: NodeAnswers<unknown>['failures']
}

/** One table a family. */
export async function gatherPaths(session: Session, wish: PathWish): Promise<Gathered> {
  const {infos, roads} = session
  const predictions = predictPaths(infos, await modeElsewhere(session, wish))
  const findings = new Map<string, PairFindings>()
  const asked = {installed: wish.depth !== 'predict', observed: wish.depth === 'observe'}
  let failures: Gathered['failures'] = []
  if (asked.installed) {
    const found = await fromEachNode(roads.nodes, (node) => observePairs(session, node), wish.signal)
    failures = found.failures
    for (const {answer} of found.answers)
      for (const path of answer)
        findings.set(findingKey(path.from, path.podCidr), {installed: {class: path.class, why: path.why}})
  }
  if (asked.observed) await observe(session, wish, {predictions, findings})
  return {tables: predictions.map((prediction) => pathTable(prediction, findings, asked)), failures}
}

/** Upstream's agents do not say their mode: the ConfigMap does, to who may read it. */
async function modeElsewhere({infos, cluster}: Session, {signal}: PathWish): Promise<TrafficMode | undefined> {
  if (infos.every(({networkInfo}) => networkInfo.trafficEncapMode !== undefined)) return undefined
  try {
    const {text} = await readStoredConfig(cluster.api, {signal})
    const {trafficEncapMode: mode} = effectiveConfig({text}).config
    return isTrafficMode(mode) ? mode : undefined
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

interface Known {
  readonly predictions: readonly Prediction[]
  readonly findings: Map<string, PairFindings>
}

async function observe(
  {cluster, infos}: Session,
  {signal, onProgress}: PathWish,
  {predictions, findings}: Known,
): Promise<void> {
  requireProbing(infos)
  const nodes = infos.map(nodeOf)
  const wish = {nodes, forms: ['live', 'routed', 'tunnelled'] as const, seconds: 1}
  const {results} = await probePairs(cluster.api, wish, {signal, ...(onProgress !== undefined && {onProgress})})
  const podCidrs = new Map(
    predictions
      .flatMap((prediction) => (prediction.family === 4 ? prediction.nodes : []))
      .map(({name, podCidr}) => [name, podCidr]),
  )
  for (const [, forms] of Map.groupBy(results, ({from, to}) => `${from} ${to}`)) {
    const live = forms.find(({form}) => form === 'live')
    const podCidr = live && podCidrs.get(live.to)
    if (live === undefined || podCidr === undefined) continue
    const key = findingKey(live.from, podCidr)
    const known = findings.get(key)
    findings.set(key, {...known, observed: {...judgeProbes(live, forms, known?.installed?.class), mtu: live.mtu}})
  }
}

type Observed = {readonly kind: PathKind; readonly why: string}

/** What came through tells that it did; by which form, where only one of them can have been. */
export function judgeProbes(live: ProbeResult, forms: readonly ProbeResult[], installed: string | undefined): Observed {
  const passes = (form: ProbeResult['form']) =>
    forms.some((result) => result.form === form && result.lost < result.sent)
  const counts = `${live.sent - live.lost} of ${live.sent} probes came back`
  if (live.lost >= live.sent) return {kind: 'broken', why: `none of ${live.sent} probes came back`}
  if (passes('tunnelled') && !passes('routed')) return {kind: 'tunnelled', why: `${counts}, without a tunnel none`}
  if (passes('routed') && !passes('tunnelled'))
    return {kind: installed === 'fabric' ? 'fabric' : 'routed', why: `${counts}, through the tunnel none`}
  return {
    kind: installed === 'routed' || installed === 'fabric' || installed === 'tunnelled' ? installed : 'unknown',
    why: counts,
  }
}
