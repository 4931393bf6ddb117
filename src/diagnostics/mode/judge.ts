import type {Drift} from '../../model/agent-api.ts'
import type {AgentInfo} from '../../model/agent-info.ts'
import type {ModeQuestion} from '../../model/mode-question.ts'
import type {TrafficMode} from '../../model/traffic-mode.ts'
import type {PairPath, PathClass} from '../paths/pair.ts'
import {throughBridge} from '../paths/through-bridge.ts'
import type {ProbeReport} from '../probes/run.ts'

export interface ModeAnswer {
  readonly node: string
  readonly question: ModeQuestion
  /** unknown: the Node did not answer. */
  readonly result: 'ok' | 'failed' | 'unknown'
  readonly sentence: string
}

/** What is wanted of each Node, and of all together. */
export interface ModeWish {
  readonly expected: TrafficMode
  /** First digits of SHA-256 over the ConfigMap's text, as agents report it. */
  readonly hash: string
  /** Probe packets, of all pairs together. */
  readonly maxLoss: number
}

export interface WantedWay {
  readonly to: string
  readonly podCidr: string
  readonly class: PathClass
}

/** One Node's account of itself. */
export interface ModeAccount {
  readonly info: AgentInfo
  readonly drift: Drift
  readonly paths: readonly PairPath[]
  readonly wanted: readonly WantedWay[]
}

const named = 5

export function judgeAccount(node: string, account: ModeAccount, wish: ModeWish): readonly ModeAnswer[] {
  const {info, drift, paths, wanted} = account
  const answer = (question: ModeQuestion, sentence: string, trouble: string | undefined): ModeAnswer =>
    trouble === undefined
      ? {node, question, result: 'ok', sentence}
      : {node, question, result: 'failed', sentence: trouble}
  const runs = info.networkInfo.trafficEncapMode ?? 'an unknown mode'
  const wrong = wrongWays(paths, wanted)
  return [
    answer('mode', `runs ${runs}`, runs === wish.expected ? undefined : `runs ${runs}, not ${wish.expected}`),
    answer('configuration', 'runs the ConfigMap as it stands', configTrouble(info, wish)),
    answer('drift', 'flows, routes and settings are as they must be', driftTrouble(drift)),
    answer('ways', `${wanted.length} ways are as the mode wants`, wrong.length === 0 ? undefined : bounded(wrong)),
  ]
}

export function unknownAccount(node: string, why: string): readonly ModeAnswer[] {
  return (['mode', 'configuration', 'drift', 'ways'] as const).map((question) => ({
    node,
    question,
    result: 'unknown',
    sentence: why,
  }))
}

/** Loss is a matter of all pairs together: within what is allowed nobody failed. */
export function judgeLoss(
  nodes: readonly string[],
  {results, silent}: Pick<ProbeReport, 'results' | 'silent'>,
  {maxLoss}: Pick<ModeWish, 'maxLoss'>,
): readonly ModeAnswer[] {
  const total = results.reduce((sum, {lost}) => sum + lost, 0)
  return nodes.map((node) => {
    const own = results.filter(({from}) => from === node)
    const reason = silent.find((each) => each.node === node)?.reason
    if (reason !== undefined) return {node, question: 'loss', result: 'unknown', sentence: reason}
    const sent = own.reduce((sum, each) => sum + each.sent, 0)
    const lossy = own.filter(({lost}) => lost > 0)
    const lost = lossy.reduce((sum, each) => sum + each.lost, 0)
    if (sent === 0) return {node, question: 'loss', result: 'unknown', sentence: 'it has sent nothing to other Nodes'}
    if (lost === 0) return {node, question: 'loss', result: 'ok', sentence: `lost 0 of ${sent}`}
    const rows = lossy.map((each) => `${each.lost} of ${each.sent} to ${each.to}`)
    const result = total > maxLoss ? 'failed' : 'ok'
    const allowed = result === 'ok' ? `, of ${maxLoss} that may be lost` : ''
    return {node, question: 'loss', result, sentence: `lost ${bounded(rows)}${allowed}`}
  })
}

function configTrouble({config, agentConditions}: AgentInfo, {hash}: ModeWish): string | undefined {
  const invalid = agentConditions.find(({type, status}) => type === 'ConfigValid' && status !== 'True')
  if (invalid !== undefined)
    return `refuses the configuration: ${invalid.message ?? invalid.reason ?? 'no reason given'}`
  return config?.hash === hash ? undefined : 'runs another text than the ConfigMap has now'
}

function driftTrouble({total, deviations}: Drift): string | undefined {
  if (total === 0) return undefined
  const rows = deviations.map(({kind, problem, what}) => `${kind} ${problem}, ${what}`)
  return `${total} of its flows, routes or settings are not as they must be: ${bounded(rows)}`
}

/** A Node may know the way to another subnet's Nodes itself, where a router was expected. */
function wrongWays(paths: readonly PairPath[], wanted: readonly WantedWay[]): readonly string[] {
  return wanted.flatMap(({to, podCidr, class: expected}) => {
    const path = paths.find((each) => each.to === to && each.podCidr === podCidr)
    if (path === undefined) return [`nothing is known of its way to ${to}`]
    const fits = path.class === expected || (expected === 'fabric' && path.class === 'routed')
    if (!fits) return [`to ${to} it is ${path.class}, not ${expected}: ${path.why}`]
    // The Node's own packets follow the kernel's route alone: it must agree with the flow.
    const isBridged = path.route !== undefined && throughBridge(path.route)
    return isBridged === (expected === 'tunnelled')
      ? []
      : [`its kernel's route to ${to} does not fit: dev ${path.route?.dev ?? 'none'}`]
  })
}

function bounded(rows: readonly string[]): string {
  const more = rows.length > named ? `; and ${rows.length - named} more` : ''
  return `${rows.slice(0, named).join('; ')}${more}`
}
