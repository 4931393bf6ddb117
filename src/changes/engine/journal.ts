import {isDeepStrictEqual} from 'node:util'
import {type Change, type Journal, journalLimits} from '../../model/change.ts'
import type {ChangeEvent, Direction, NodeState} from '../../model/change-event.ts'
import {AntctlError} from '../../model/errors.ts'
import type {ChangeStore, Clock} from './cluster.ts'

/** An event before it has its head. */
export type Said = ChangeEvent extends infer Event
  ? Event extends ChangeEvent
    ? Omit<Event, 'version' | 'at' | 'change'>
    : never
  : never

/** The journal of the one who drives. */
export interface JournalKeeper {
  now(): Journal
  /** Writes it; CHANGE_RUNNING when somebody else wrote it meanwhile. */
  save(change?: Partial<Journal>): Promise<void>
  /** Where these Nodes stand now: told, and kept with the next save. */
  note(nodes: readonly string[], state: NodeState, news?: NodeNews, kept?: KeptOfRow): void
  /** Tells it, and keeps it for whoever looks later, unless it is a mere count. */
  say(event: Said): void
  /** What somebody beside asks for, as the cluster has it. */
  asked(): Promise<'abort' | undefined>
}

/** What a row keeps until it is told otherwise. */
export type KeptOfRow = Pick<Journal['nodes'][string], 'mode' | 'pod'>

export interface NodeNews {
  readonly why?: string
  readonly milliseconds?: number
  readonly ways?: Record<string, number>
}

export interface KeptJournal {
  readonly change: Change
  readonly journal: Journal
  readonly resourceVersion: string
}

type JournalCluster = Pick<ChangeStore, 'readChange' | 'writeJournal'> & Pick<Clock, 'now'>

export function keepJournal(
  cluster: JournalCluster,
  kept: KeptJournal,
  tell: (event: ChangeEvent) => void,
): JournalKeeper {
  let {journal, resourceVersion} = kept
  let written = journal
  const stored = async () => {
    const {stored: now} = await cluster.readChange()
    if (now === undefined || now.change.id !== kept.change.id) throw takenOver()
    // Who asks for something makes a new version of it, too; and an answer may have been lost.
    const isOurs =
      now.resourceVersion === resourceVersion || [written, journal].some((one) => isDeepStrictEqual(one, now.journal))
    if (!isOurs) throw takenOver()
    resourceVersion = now.resourceVersion
    return now
  }
  const write = async () => {
    resourceVersion = await cluster.writeJournal(journal, resourceVersion)
    written = journal
  }
  const say = (said: Said) => {
    const event: ChangeEvent = {version: 1, at: isoTime(cluster), change: kept.change.id, ...said}
    tell(event)
    if (event.event === 'probe' || event.event === 'pairs' || event.event === 'wait') return
    journal = {...journal, events: [...journal.events, event].slice(-journalLimits.events)}
  }
  return {
    now: () => journal,
    save: async (change = {}) => {
      journal = {...journal, ...change}
      await onConflict(write, async () => {
        await stored()
        await write()
      })
    },
    note: (nodes, state, {why, ...news} = {}, kept = {}) => {
      const {direction} = journal
      const reason = why === undefined ? {} : {why: shortened(why)}
      for (const node of nodes) say({event: 'node', node, direction, state, ...news, ...reason})
      const rows = nodes.map((node) => {
        const {mode, pod} = {...journal.nodes[node], ...kept}
        const own = {...(mode !== undefined && {mode}), ...(pod !== undefined && {pod})}
        return [node, {state, direction, at: isoTime(cluster), ...reason, ...own}] as const
      })
      journal = {...journal, nodes: {...journal.nodes, ...Object.fromEntries(rows)}}
    },
    say,
    asked: async () => (await stored()).asked,
  }
}

export function firstJournal(): Journal {
  return {
    version: 1,
    state: 'running',
    direction: 'forward',
    step: 0,
    configTouched: false,
    nodes: {},
    steps: [],
    events: [],
  }
}

/** From its first step on, in that direction. */
export function turned(journal: Journal, direction: Direction, why?: Journal['why']): Journal {
  const {why: _before, turns = 0, ...rest} = journal
  const nodes = untoldNodes(journal.nodes, direction)
  return {...rest, state: 'running', direction, step: 0, turns: turns + 1, nodes, ...(why !== undefined && {why})}
}

/** Has it never been turned round? Only then it turns round by itself, and for losses: later it goes where somebody sent it. */
export function turnsByItself({direction, turns}: Pick<Journal, 'direction' | 'turns'>): boolean {
  return direction === 'forward' && turns === undefined
}

/** What was said to them when it went that way before holds no more. */
function untoldNodes(nodes: Journal['nodes'], direction: Direction): Journal['nodes'] {
  const other = direction === 'forward' ? 'back' : 'forward'
  return Object.fromEntries(
    Object.entries(nodes).map(([node, row]) => [
      node,
      row.direction === direction ? {...row, direction: other, state: 'changing'} : row,
    ]),
  )
}

export function isoTime(clock: Pick<Clock, 'now'>): string {
  return new Date(clock.now()).toISOString()
}

/** A sentence as it is kept: the record must stay small, whatever a thousand Nodes say. */
export function shortened(sentence: string): string {
  return sentence.length > journalLimits.sentence ? `${sentence.slice(0, journalLimits.sentence - 1)}…` : sentence
}

async function onConflict(work: () => Promise<void>, otherwise: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof AntctlError) || error.code !== 'API_CONFLICT') throw error
    await otherwise()
  }
}

function takenOver(): AntctlError {
  return new AntctlError('CHANGE_RUNNING', 'somebody else has taken this change over', {
    remedy: ['antctl set-mode --status'],
  })
}
