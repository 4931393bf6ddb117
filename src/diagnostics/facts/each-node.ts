import {AntctlError, sentenceOf} from '../../model/errors.ts'
import type {Session} from '../../cluster/session.ts'

/** What every Node said, and which Nodes did not answer: one silent Node must not hide the others. */
export interface NodeAnswers<Answer> {
  readonly answers: readonly {readonly node: string; readonly answer: Answer}[]
  readonly failures: readonly {readonly node: string; readonly error: AntctlError}[]
}

/** PARTIAL is for who has at least something: where no Node answers, the first reason ends it. */
export async function fromEachNode<Answer>(
  nodes: readonly string[],
  ask: (node: string) => Promise<Answer>,
  signal?: AbortSignal,
): Promise<NodeAnswers<Answer>> {
  const found = await settleEachNode(nodes, ask, signal)
  const [first] = found.failures
  if (first !== undefined && found.answers.length === 0) throw first.error
  return found
}

export async function settleEachNode<Answer>(
  nodes: readonly string[],
  ask: (node: string) => Promise<Answer>,
  signal?: AbortSignal,
): Promise<NodeAnswers<Answer>> {
  const settled = await Promise.allSettled(nodes.map((node) => ask(node)))
  const answers: {node: string; answer: Answer}[] = []
  const failures: {node: string; error: AntctlError}[] = []
  for (const [at, result] of settled.entries()) {
    const node = nodes[at] ?? ''
    if (result.status === 'fulfilled') answers.push({node, answer: result.value})
    else failures.push({node, error: failureOf(signal?.aborted === true ? signal.reason : result.reason)})
  }
  return {answers, failures}
}

/** Rows of all Nodes in one list, each with its Node. */
export async function rowsOfEachNode<Row extends object>(
  {session, signal}: {readonly session: Pick<Session, 'roads'>; readonly signal: AbortSignal},
  ask: (node: string) => Promise<readonly Row[]>,
): Promise<{
  readonly rows: readonly (Row & {readonly node: string})[]
  readonly failures: NodeAnswers<Row>['failures']
}> {
  const {answers, failures} = await fromEachNode(session.roads.nodes, ask, signal)
  return {rows: answers.flatMap(({node, answer}) => answer.map((row) => ({node, ...row}))), failures}
}

function failureOf(reason: unknown): AntctlError {
  return reason instanceof AntctlError
    ? reason
    : new AntctlError('AGENT_UNREACHABLE', sentenceOf(reason), {cause: reason})
}
