import type {ChangeOptions} from '../../model/change.ts'
import {AntctlError} from '../../model/errors.ts'
import type {ModeWish} from '../../changes/set-mode/plan.ts'
import {listOf, parseSeconds} from '../base.ts'
import type {SetModeFlags} from '../set-mode.ts'
import type {Desk} from './desk.ts'

/** What the flags say beside the mode. */
export async function wishOf({flags, session, signal}: Pick<Desk, 'flags' | 'session' | 'signal'>): Promise<ModeWish> {
  const [{defaultOptions}, {defaultPhases, parseBatch}, {nodesWithLabels}, {isUpstream}] = await Promise.all([
    import('../../changes/set-mode/mode-plan.ts'),
    import('../../changes/set-mode/phases.ts'),
    import('../../cluster/node-selector.ts'),
    import('../../cluster/agent-infos.ts'),
  ])
  const {canary = defaultPhases.canary, batch} = flags
  const named = listOf(flags.nodes)
  const labelled =
    flags.selector === undefined ? undefined : await nodesWithLabels(session.cluster.api, flags.selector, {signal})
  const nodes = labelled?.filter((node) => named.length === 0 || named.includes(node)) ?? named
  return {
    noSNAT: flags.snat === undefined ? undefined : !flags.snat,
    ...((named.length > 0 || labelled !== undefined) && {nodes}),
    phases: {canary, batch: batch === undefined ? defaultPhases.batch : parseBatch(batch)},
    options: {
      ...defaultOptions,
      ...(isUpstream(session.infos) && {maxLoss: 'report' as const}),
      ...askedOptions(flags),
    },
    ...(flags['remove-stale-routes'] && {removeStaleRoutes: true}),
  }
}

/** Of a change's options those that were said on the command line. */
export function askedOptions({'max-loss': maxLoss, 'not-ready': notReady, soak}: SetModeFlags): Partial<ChangeOptions> {
  return {
    ...(maxLoss !== undefined && {maxLoss: parseMaxLoss(maxLoss)}),
    ...(notReady !== undefined && {notReady}),
    ...(soak !== undefined && {soakSeconds: /^0[smh]?$/u.test(soak) ? 0 : parseSeconds(soak, '--soak')}),
  }
}

function parseMaxLoss(text: string): ChangeOptions['maxLoss'] {
  if (text === 'report') return text
  if (/^\d{1,9}$/u.test(text)) return Number(text)
  throw new AntctlError('USAGE', `${JSON.stringify(text)} is no number of packets`, {
    remedy: ['--max-loss 0', '--max-loss report tells what was lost, and goes on'],
  })
}
