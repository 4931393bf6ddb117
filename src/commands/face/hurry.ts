import {setTimeout as sleep} from 'node:timers/promises'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import type {Roads} from '../../cluster/road-agents.ts'
import type {LateNode} from '../../ui/dash/facts.ts'

/** Milliseconds that a page waits for a Node, more where many take turns; and for one that it waits for already. */
const [shortest, perNode, again] = [2_000, 12, 200]

/** Roads on which nobody waits long: who is late is told of as late, and its answer is for who asks next. */
export interface Hurry {
  over<Asked extends {readonly roads: Roads}>(session: Asked): Asked
  /** Nodes whose answer is waited for longer than that, or whose last question came to nothing. */
  late(): readonly LateNode[]
}

/** What is known of how a Node answers. */
interface NodeNow {
  pending: number
  /** When it was asked what it has not answered. */
  waitsSince?: number | undefined
  answered?: number | undefined
  failure?: string | undefined
}

/** `limit`: milliseconds after which the roads themselves give a question up. */
export function openHurry(limit: number): Hurry {
  const nodes = new Map<string, NodeNow>()
  let last: {readonly roads: Roads; readonly hurried: Roads} | undefined
  return {
    over: (session) => {
      const {roads} = session
      if (last?.roads !== roads) last = {roads, hurried: hurriedRoads(roads, nodes, limit)}
      return {...session, roads: last.hurried}
    },
    late: () => {
      const patience = patienceFor(nodes.size, limit)
      return [...nodes].flatMap(([node, {waitsSince: since, answered, failure}]) => {
        if (since === undefined || (failure === undefined && Date.now() - since < patience)) return []
        return [
          {node, since, limit, ...(answered !== undefined && {answered}), ...(failure !== undefined && {failure})},
        ]
      })
    },
  }
}

function patienceFor(count: number, limit: number): number {
  return Math.min(limit, shortest + perNode * count)
}

type Ask<Answer> = (node: string, path: string, query?: Parameters<Roads['ask']>[2]) => Promise<Answer>

function hurriedRoads(roads: Roads, nodes: Map<string, NodeNow>, limit: number): Roads {
  const patience = patienceFor(roads.nodes.length, limit)
  const hurried = <Answer>(ask: Ask<Answer>): Ask<Answer> => {
    const questions = new Map<string, Question<Answer>>()
    return async (node, path, query = {}) => {
      const now = nodes.get(node) ?? {pending: 0}
      nodes.set(node, now)
      const isLate = now.waitsSince !== undefined && Date.now() - now.waitsSince > patience
      const key = JSON.stringify([node, path, query])
      const question = questions.get(key) ?? begin(now, () => ask(node, path, query))
      questions.set(key, question)
      if (!(await settlesWithin(question.answer, isLate ? again : patience))) throw lateError(node, now, limit)
      questions.delete(key)
      return question.answer
    }
  }
  return {...roads, ask: hurried(roads.ask), askText: hurried(roads.askText)}
}

interface Question<Answer> {
  readonly answer: Promise<Answer>
}

function begin<Answer>(now: NodeNow, ask: () => Promise<Answer>): Question<Answer> {
  now.pending += 1
  now.waitsSince ??= Date.now()
  const answer = ask()
  void note(now, answer)
  return {answer}
}

async function note(now: NodeNow, answer: Promise<unknown>): Promise<void> {
  try {
    await answer
    now.pending -= 1
    now.answered = Date.now()
    now.failure = undefined
    now.waitsSince = now.pending > 0 ? Date.now() : undefined
  } catch (error) {
    now.pending -= 1
    now.failure = sentenceOf(error)
  }
}

async function settlesWithin(answer: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const over = new AbortController()
  const settled = answer.then(
    () => true,
    () => true,
  )
  const late = sleep(milliseconds, false, {signal: over.signal}).catch(() => false)
  try {
    return await Promise.race([settled, late])
  } finally {
    over.abort()
  }
}

function lateError(node: string, {waitsSince = Date.now(), failure}: NodeNow, limit: number): AntctlError {
  const seconds = Math.round((Date.now() - waitsSince) / 1_000)
  const words =
    failure === undefined
      ? `the agent on ${node} has not answered for ${seconds} s, and is given ${limit / 1_000} s for a question`
      : `${failure}; it has not answered for ${seconds} s`
  return new AntctlError('AGENT_UNREACHABLE', words, {
    remedy: [`antctl get agentinfo ${node} --live -v`],
  })
}
