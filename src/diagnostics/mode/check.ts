import {askAgentInfo} from '../../cluster/agent-answers.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import {askDrift} from '../../cluster/own-answers.ts'
import type {Session} from '../../cluster/session.ts'
import type {TrafficMode} from '../../model/traffic-mode.ts'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {observePairs} from '../paths/observe-pairs.ts'
import {probePairs, type ProbeReport} from '../probes/run.ts'
import {judgeAccount, judgeLoss, type ModeAnswer, type ModeWish, unknownAccount, type WantedWay} from './judge.ts'

/** docs/schemas/mode-check.json describes it. */
export interface ModeCheck {
  readonly version: 1
  readonly expected: TrafficMode
  /** What the ConfigMap says. */
  readonly configured: TrafficMode
  readonly result: 'ok' | 'failed' | 'unknown'
  readonly nodes: readonly string[]
  readonly answers: readonly ModeAnswer[]
  readonly probes: {readonly sent: number; readonly lost: number; readonly longestGap: number; readonly maxLoss: number}
}

export interface ModeCheckOptions extends ModeWish {
  readonly configured: TrafficMode
  /** Of the whole cluster, when empty. */
  readonly nodes: readonly string[]
  readonly seconds: number
  /** What the ways of a Node must be in the mode. */
  readonly wanted: (node: string) => readonly WantedWay[]
  readonly signal: AbortSignal
  readonly onProgress?: (text: string) => void
}

/** Is every Node in that mode, by its own word, by what it holds, by where its packets go and by what comes back? */
export async function checkMode(session: Session, options: ModeCheckOptions): Promise<ModeCheck> {
  const all = session.infos.map(nodeOf)
  const nodes = options.nodes.length === 0 ? all : options.nodes
  const accounts = await Promise.all(nodes.map((node) => accountOf(session, node, options)))
  const silent = accounts.flat().filter(({question, result}) => question === 'mode' && result === 'unknown')
  const probed = await probe(session, probable(nodes.length > 1 ? nodes : all, silent), options)
  const answers = [
    ...accounts.flat(),
    ...(probed === undefined
      ? []
      : judgeLoss(nodes, {...probed, silent: [...probed.silent, ...silentOf(silent)]}, options)),
  ]
  const results = probed?.results ?? []
  return {
    version: 1,
    expected: options.expected,
    configured: options.configured,
    result: verdict(answers, options),
    nodes,
    answers,
    probes: {
      sent: results.reduce((sum, {sent}) => sum + sent, 0),
      lost: results.reduce((sum, {lost}) => sum + lost, 0),
      longestGap: results.reduce((most, {lost, longestGap}) => (lost > 0 ? Math.max(most, longestGap) : most), 0),
      maxLoss: options.maxLoss,
    },
  }
}

/** One Node that does not answer must not hide the others. */
async function accountOf(session: Session, node: string, options: ModeCheckOptions): Promise<readonly ModeAnswer[]> {
  const known = session.infos.find((info) => nodeOf(info) === node)
  if (known === undefined) return unknownAccount(node, 'no agent reports from it')
  if (!isOurAgent(known)) return unknownAccount(node, 'its agent is upstream’s, which does not tell')
  const {roads} = session
  try {
    // Who does not answer the first question is not asked more.
    const info = await askAgentInfo(roads, known, node)
    const [drift, paths] = await Promise.all([askDrift(roads, node), observePairs(session, node)])
    return judgeAccount(node, {info, drift, paths, wanted: options.wanted(node)}, options)
  } catch (error) {
    options.signal.throwIfAborted()
    if (error instanceof AntctlError && error.code === 'API_FORBIDDEN') throw error
    return unknownAccount(node, sentenceOf(error))
  }
}

/** Who did not answer is not waited for again. */
function probable(nodes: readonly string[], silent: readonly ModeAnswer[]): readonly string[] {
  return nodes.filter((name) => !silent.some(({node}) => node === name))
}

function silentOf(silent: readonly ModeAnswer[]): ProbeReport['silent'] {
  return silent.map(({node, sentence}) => ({node, reason: sentence}))
}

/** undefined: there is no pair of Nodes. */
async function probe(
  {cluster}: Session,
  nodes: readonly string[],
  {seconds, signal, onProgress}: ModeCheckOptions,
): Promise<ProbeReport | undefined> {
  if (nodes.length < 2) return undefined
  return probePairs(cluster.api, {nodes, forms: ['live'], seconds}, {signal, ...(onProgress && {onProgress})})
}

function verdict(answers: readonly ModeAnswer[], {configured, expected}: ModeCheckOptions): ModeCheck['result'] {
  if (configured !== expected || answers.some(({result}) => result === 'failed')) return 'failed'
  return answers.some(({result}) => result === 'unknown') ? 'unknown' : 'ok'
}
