import type {ChangeEvent} from '../../model/change-event.ts'
import {AntctlError} from '../../model/errors.ts'
import type {TrafficMode} from '../../model/traffic-mode.ts'
import type {LiveCluster} from '../../changes/engine/live-cluster.ts'
import type {DrivingOptions} from '../../changes/engine/drive-change.ts'
import {holderName} from '../../changes/engine/holder.ts'
import type {ObservedFacts} from '../../changes/set-mode/observe-facts.ts'
import type {ModePlan} from '../../changes/set-mode/mode-plan.ts'
import type {Session} from '../../cluster/session.ts'
import type {Confirmation, ModePlace} from '../../ui/dash/place.ts'
import {assertRights, liveCluster, patience} from '../change-driver.ts'
import {assertPossible} from '../set-mode/plans.ts'
import type {Asking} from './feeds.ts'

/** Told while a change is carried out. */
export interface Telling {
  tell(event: ChangeEvent): void
  /** What is done before the first step. */
  doing(words: string): void
}

/** What set-mode does, for somebody who presses keys. */
export interface Driver {
  plan(mode: TrafficMode, snat: ModePlace['snat']): Promise<ModePlan>
  /** Until it is at its end, was paused, or failed; the plan is the one that was shown last. */
  drive(how: Confirmation['how'], telling: Telling): Promise<void>
  /** Ours stops where it stands; somebody else's is asked to. */
  pause(): Promise<void>
  /** Nothing is carried out any more. */
  end(): Promise<void>
}

interface Planned {
  readonly plan: ModePlan
  readonly facts: ObservedFacts
}

export function openDriver({session, signal}: Asking): Driver {
  let planned: Planned | undefined
  let running: {readonly stop: AbortController; readonly work: Promise<void>} | undefined
  return {
    plan: async (mode, snat) => {
      planned = await planOf(await session(), {mode, snat}, signal)
      return planned.plan
    },
    drive: async (how, telling) => {
      const stop = new AbortController()
      const work = drive(await session(), {how, planned, telling}, stop.signal)
      running = {stop, work}
      try {
        await work
      } finally {
        running = undefined
      }
    },
    pause: async () => {
      if (running !== undefined) return running.stop.abort(paused())
      const {abortChange} = await import('../../changes/engine/abort.ts')
      await using cluster = await liveCluster(await session())
      await abortChange(cluster)
    },
    end: async () => {
      running?.stop.abort(paused())
      await running?.work.catch(() => undefined)
    },
  }
}

function paused(): AntctlError {
  return new AntctlError('CHANGE_STOPPED', 'paused by hand')
}

interface Wish {
  readonly mode: TrafficMode
  readonly snat: ModePlace['snat']
}

async function planOf(session: Session, {mode, snat}: Wish, signal: AbortSignal): Promise<Planned> {
  const [{observeFacts}, {freePlace}, {drawPlan}, {defaultOptions}, {isUpstream}] = await Promise.all([
    import('../../changes/set-mode/observe-facts.ts'),
    import('../../changes/engine/begin.ts'),
    import('../../changes/set-mode/plan.ts'),
    import('../../changes/set-mode/mode-plan.ts'),
    import('../../cluster/agent-infos.ts'),
  ])
  await using cluster = await liveCluster(session)
  await freePlace(cluster)
  const facts = await observeFacts(session, mode, signal)
  const maxLoss = isUpstream(session.infos) ? 'report' : defaultOptions.maxLoss
  const wish = {
    ...(snat !== 'same' && {noSNAT: snat === 'off'}),
    options: {...defaultOptions, maxLoss},
  }
  return {plan: drawPlan(facts, mode, wish), facts}
}

interface Order {
  readonly how: Confirmation['how']
  readonly planned: Planned | undefined
  readonly telling: Telling
}

async function drive(session: Session, {how, planned, telling}: Order, signal: AbortSignal): Promise<void> {
  await using cluster = await liveCluster(session)
  const options = {signal, holder: holderName(), patience: patience * 1_000, tell: telling.tell}
  await assertRights(session)
  const {resumeChange} = await import('../../changes/engine/drive-change.ts')
  switch (how) {
    case 'begin':
      if (planned === undefined) throw new AntctlError('NOT_CONFIRMED', 'nothing was changed: there is no plan')
      return await begin(session, cluster, {planned, telling, options})
    case 'resume':
      return await resumeChange(cluster, options)
    case 'undo':
      return await goBack(session, cluster, {telling, options})
  }
}

interface Beginning extends Trying {
  readonly planned: Planned
}

async function begin(session: Session, cluster: LiveCluster, {planned, ...trying}: Beginning): Promise<void> {
  const {plan, facts} = planned
  const {api} = session.cluster
  const [{carryOut}, {wantedOf}, {whoAmI}] = await Promise.all([
    import('../../changes/engine/drive-change.ts'),
    import('../../changes/engine/stored-plan.ts'),
    import('../../cluster/rights.ts'),
  ])
  await tryOut(session, plan, trying)
  await carryOut(cluster, wantedOf(plan, facts.config, await whoAmI(api, {timeout: 5_000})), trying.options)
}

/** What is half-way goes back at once; the way back of what was finished is judged like a new change. */
async function goBack(session: Session, cluster: LiveCluster, trying: Trying): Promise<void> {
  const [{undoChange}, {undoable}, {undoPlans}] = await Promise.all([
    import('../../changes/engine/drive-change.ts'),
    import('../../changes/engine/take-up.ts'),
    import('../../changes/set-mode/undo-plans.ts'),
  ])
  const {change, journal} = await undoable(cluster)
  const plans = journal.state === 'done' ? await undoPlans(session, change, trying.options.signal) : []
  for (const plan of plans) await tryOut(session, plan, trying)
  await undoChange(cluster, trying.options)
}

interface Trying {
  readonly telling: Telling
  readonly options: DrivingOptions
}

/** As set-mode: the new ways are tried beside the traffic before anything is changed. */
async function tryOut(session: Session, plan: ModePlan, {telling, options}: Trying): Promise<void> {
  const {preflight} = await import('../../changes/preflight/run.ts')
  const isTried = plan.cluster === 'ours' && plan.refusals.length === 0 && plan.pairs.changed > 0
  const tried = isTried
    ? await preflight(plan, session.cluster.api, {signal: options.signal, onProgress: (words) => telling.doing(words)})
    : undefined
  await assertPossible(plan, tried)
}
