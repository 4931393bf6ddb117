import type {Health} from '../../ui/dash/facts.ts'
import type {Asking} from './feeds.ts'
import type {Hurry} from './hurry.ts'

/** What status says; a Node that is waited for is no fault yet, and what it said before stands. */
export function healthReader(
  session: Asking['session'],
  hurry: Pick<Hurry, 'late'>,
  signal: AbortSignal,
): () => Promise<Health> {
  const totals = new Map<string, number>()
  return async () => {
    const [now, {gatherHealth}, {judgeHealth}] = await Promise.all([
      session(),
      import('../../diagnostics/facts/health.ts'),
      import('../../diagnostics/health/judge.ts'),
    ])
    const facts = await gatherHealth(now, signal)
    const late = hurry.late()
    const waited = new Set(late.filter(({failure}) => failure === undefined).map(({node}) => node))
    for (const {node, total} of facts.drifts) totals.set(node, total)
    const before = [...waited].flatMap((node) => {
      const total = totals.get(node)
      return total === undefined ? [] : [{node, total}]
    })
    const report = judgeHealth({
      ...facts,
      drifts: [...facts.drifts, ...before],
      silent: facts.silent.filter(({node}) => !waited.has(node)),
    })
    return {report, late, infos: now.infos, server: now.cluster.credentials.server}
  }
}
