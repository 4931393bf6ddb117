import type {AgentEvent, AgentEventKind, AgentEvents} from '../model/agent-api.ts'
import {AntctlError} from '../model/errors.ts'

/** What is remembered of this process: enough for a look back, little enough to forget about. */
const remembered = 1_000
const longestSentence = 500

/** What the agent did and saw. */
export interface EventLog {
  add(kind: AgentEventKind, sentence: string, details?: AgentEvent['details']): void
  /** Oldest first. */
  list(query?: EventQuery): AgentEvents
}

export interface EventQuery {
  /** Only those after this number or time. */
  readonly since?: {readonly number: number} | {readonly time: Date} | undefined
  /** Only so many, the newest. */
  readonly limit?: number | undefined
}

export function openEventLog(now: () => Date = () => new Date()): EventLog {
  let events: readonly AgentEvent[] = []
  let number = 0
  return {
    add: (kind, sentence, details) => {
      number++
      const event = {number, time: now().toISOString(), kind, sentence: bounded(sentence), ...(details && {details})}
      events = [...events.slice(events.length >= remembered ? 1 : 0), event]
    },
    list: ({since, limit = remembered} = {}) => {
      const wanted = events.filter((event) => since === undefined || isAfter(event, since))
      return {events: limit === 0 ? [] : wanted.slice(-limit)}
    },
  }
}

/** The query of GET /v1/events; throws USAGE. */
export function parseEventQuery(query: URLSearchParams): EventQuery {
  return {since: parseSince(query.get('since')), limit: parseLimit(query.get('limit'))}
}

function isAfter(event: AgentEvent, since: NonNullable<EventQuery['since']>): boolean {
  return 'number' in since ? event.number > since.number : new Date(event.time) > since.time
}

function parseSince(text: string | null): EventQuery['since'] {
  if (text === null || text === '') return undefined
  if (/^\d{1,15}$/u.test(text)) return {number: Number(text)}
  const time = /^\d{4}-\d\d-\d\dT/u.test(text) ? new Date(text) : new Date(Number.NaN)
  if (!Number.isNaN(time.getTime())) return {time}
  throw new AntctlError('USAGE', `since=${JSON.stringify(text)} is neither a number nor a time`, {
    remedy: ['since=42', 'since=2026-01-31T12:00:00Z'],
  })
}

function parseLimit(text: string | null): number | undefined {
  if (text === null || text === '') return undefined
  if (/^\d{1,6}$/u.test(text)) return Number(text)
  throw new AntctlError('USAGE', `limit=${JSON.stringify(text)} is not a number`)
}

function bounded(sentence: string): string {
  return sentence.length > longestSentence ? `${sentence.slice(0, longestSentence - 1)}…` : sentence
}
