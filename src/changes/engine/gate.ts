import type {AgentInfo} from '../../model/agent-info.ts'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import type {PairPath} from '../../diagnostics/paths/pair.ts'
import {expectedWays, type WaysOf} from '../set-mode/expected-classes.ts'
import type {NodePresence} from './cluster.ts'
import {type Drive, looks, stopped} from './drive.ts'
import {turnsByItself} from './journal.ts'
import {isRolling, type OverrideStep, type Step} from './steps.ts'
import {contentAfter} from './tell.ts'
import {configTrouble, driftTrouble, type TextInForce, textInForce, type Trouble, waysTrouble} from './verify-node.ts'
import {verifyRolled} from './verify-rolled.ts'
import {nodeValues, ownKeys} from './wanted.ts'

/** Waits until these Nodes run what they were told, and prove it; the answer: why they do not. */
export async function prove(drive: Drive, step: Step, nodes: readonly string[]): Promise<string | undefined> {
  const {cluster, journal, watch, options} = drive
  const waiting = new Map(nodes.map((node) => [node, 'it has not answered yet']))
  const all = new Map((await cluster.agentInfos()).map((info) => [nodeOf(info), info]))
  const missed = cluster.missed()
  let deadline = cluster.now() + options.patience
  let awaySince = cluster.now()
  while (waiting.size > 0) {
    await drive.checkpoint()
    const absent = await absentOf(drive, waiting)
    if (waiting.size === 0) break
    const here = [...waiting.keys()].filter((node) => !absent.has(node))
    // While everything that is left is away, nobody is late.
    if (here.length === 0) deadline = cluster.now() + options.patience
    else awaySince = cluster.now()
    if (cluster.now() - awaySince > (options.waiting ?? Number.POSITIVE_INFINITY) * 1_000) {
      throw stopped(`${[...absent].join(', ')} did not come back within ${options.waiting ?? 0} s`)
    }
    const fault = await lookAt(drive, step, {here, waiting, all})
    if (fault !== undefined) return fault
    watch.look()
    const lossy = await lossFault(drive)
    if (lossy !== undefined) return lossy
    if (here.length > 0 && cluster.now() >= deadline + cluster.missed() - missed)
      return notFollowing(drive, here, waiting)
    if (waiting.size > 0) await cluster.sleep(looks.nodes)
  }
  await journal.save()
  return undefined
}

/** Too much was lost; once it was turned round there is nowhere to turn to, and it is only told. */
export async function lossFault({journal, watch, checkpoint}: Drive): Promise<string | undefined> {
  return turnsByItself(journal.now()) ? watch.fault(checkpoint) : undefined
}

/** Nodes that are away: waited for, skipped, or the end of it. */
export async function absentOf(
  {cluster, journal, change}: Drive,
  waiting: Map<string, string>,
): Promise<ReadonlySet<string>> {
  const nodes = await cluster.presence()
  for (const name of goneOf(nodes, waiting)) {
    journal.note([name], 'skipped', {why: 'is no Node of this cluster any more'})
    waiting.delete(name)
  }
  const away = nodes.flatMap(({name, away}) => (away === undefined || !waiting.has(name) ? [] : [{name, away}]))
  for (const {name, away: why} of away) {
    const row = journal.now().nodes[name]
    switch (change.plan.options.notReady) {
      case 'wait':
        if (row?.state !== 'away' || row.why !== why) journal.note([name], 'away', {why})
        break
      case 'skip':
        journal.note([name], 'skipped', {why})
        waiting.delete(name)
        break
      case 'stop':
        throw stopped(`${name} ${why}, and --not-ready stop was asked for`)
    }
  }
  return new Set(away.map(({name}) => name))
}

/** A Node that was taken out of the cluster in the middle proves nothing, however long it is waited for. */
function goneOf(nodes: readonly NodePresence[], waiting: ReadonlyMap<string, string>): readonly string[] {
  const there = new Set(nodes.map(({name}) => name))
  return there.size === 0 ? [] : [...waiting.keys()].filter((name) => !there.has(name))
}

interface Proving {
  /** Of those that are waited for, the ones that are there. */
  readonly here: readonly string[]
  /** What each that is waited for lacks. */
  readonly waiting: Map<string, string>
  /** All agents, as last heard of. */
  readonly all: Map<string, AgentInfo>
}

async function lookAt(drive: Drive, step: Step, {here, waiting, all}: Proving): Promise<string | undefined> {
  if (here.length === 0) return undefined
  const {cluster, journal} = drive
  const judge = await judgeFor(drive, step)
  const fresh = new Map((await cluster.agentInfos(here)).map((info) => [nodeOf(info), info]))
  for (const [node, info] of fresh) all.set(node, info)
  const ways = expectedWays([...all.values()])
  const results = await Promise.all(
    here.map(async (node) => ({node, result: await judge({node, info: fresh.get(node), ways})})),
  )
  for (const {node, result} of results) {
    if ('paths' in result) {
      waiting.delete(node)
      const milliseconds = fresh.get(node)?.config?.lastChange?.milliseconds
      journal.note([node], 'verified', {ways: waysOf(result.paths), ...(milliseconds !== undefined && {milliseconds})})
    } else if (result.final === true) {
      journal.note([node], 'changed', {why: result.why})
      return `${node}: ${result.why}`
    } else waiting.set(node, result.why)
  }
  return undefined
}

export interface Looked {
  readonly node: string
  readonly info: AgentInfo | undefined
  readonly ways: WaysOf
}

type Judgement = {readonly paths: readonly PairPath[]} | NonNullable<Trouble>

async function judgeFor(drive: Drive, step: Step): Promise<(looked: Looked) => Promise<Judgement>> {
  if (isRolling(step)) return (looked) => verifyRolled(drive, step, looked)
  const config = textInForce((await drive.cluster.readConfig()).text)
  return (looked) => verify(drive, step, {...looked, config})
}

/** By the agent's account, then by what the Node holds, then by where its packets go. */
async function verify(
  {change, cluster, journal}: Drive,
  step: OverrideStep,
  {node, info, ways, config}: Looked & {readonly config: TextInForce},
): Promise<Judgement> {
  if (info === undefined) return {why: 'no agent reports from it'}
  const values = nodeValues(change, node, journal.now().direction)
  const trouble = configTrouble(info, {values, config, own: ownKeys(contentAfter(change, journal.now(), step, node))})
  if (trouble !== undefined) return trouble
  try {
    const drift = driftTrouble(await cluster.drift(node))
    if (drift !== undefined) return drift
    const paths = await cluster.observePairs(node)
    return waysTrouble(paths, ways(node, values.trafficEncapMode)) ?? {paths}
  } catch (error) {
    if (error instanceof AntctlError && error.code.startsWith('AGENT')) return {why: sentenceOf(error)}
    throw error
  }
}

function waysOf(paths: readonly PairPath[]): Record<string, number> {
  const counts = Map.groupBy(paths, (path) => path.class)
  return Object.fromEntries([...counts].map(([name, some]) => [name, some.length]))
}

/** Whoever asks later is told of the first of them as well. */
function notFollowing({journal}: Drive, here: readonly string[], waiting: ReadonlyMap<string, string>): string {
  const late = here.flatMap((node) => {
    const why = waiting.get(node)
    return why === undefined ? [] : [{node, why}]
  })
  const shown = late.slice(0, 5)
  for (const {node, why} of shown) journal.note([node], 'changed', {why})
  const more = late.length > shown.length ? `; and ${late.length - shown.length} more` : ''
  return `not every Node follows: ${shown.map(({node, why}) => `${node}: ${why}`).join('; ')}${more}`
}
