import {Args, Flags, type Interfaces} from '@oclif/core'
import {type ChangeOptions, notReadyNames} from '../model/change.ts'
import type {ChangeEvent} from '../model/change-event.ts'
import {AntctlError} from '../model/errors.ts'
import type {Session} from '../cluster/session.ts'
import type {LiveCluster} from '../changes/engine/live-cluster.ts'
import type {DrivingOptions} from '../changes/engine/drive-change.ts'
import type {PreflightReport} from '../changes/preflight/judge.ts'
import {type ModePlan, publishedPlan} from '../changes/set-mode/mode-plan.ts'
import type {ModeWish} from '../changes/set-mode/plan.ts'
import {planLines} from '../ui/mode-view.ts'
import {isTable} from '../ui/output.ts'
import {askOne, canAsk} from './asking.ts'
import {listOf, parseSeconds} from './base.ts'
import {assertRights, holderName, liveCluster, patience} from './change-driver.ts'
import {ChangingCommand} from './changing.ts'
import {assertPossible, savePlan, wantedBefore, wantedNow} from './mode-plans.ts'

type Flagged = Interfaces.InferredFlags<typeof SetMode.flags & typeof SetMode.baseFlags>
type Work = (cluster: LiveCluster, options: DrivingOptions) => Promise<void>

/** What is asked of a change that was begun before. */
const deeds = ['status', 'resume', 'undo', 'abort'] as const
export class SetMode extends ChangingCommand {
  static override summary =
    'Change how packets travel between Nodes, while they travel, and prove that every Node follows.'
  static override description =
    'Shows a plan and asks. Then one Node changes first, the others in batches, each by its AntreaNodeConfig; at the end ConfigMap ' +
    'kube-system/antrea-config says it for all (comments stay) and the AntreaNodeConfigs are as before. After each batch flows, routes, MTU ' +
    'and the probes that run all the while are the proof; where it fails, everything goes back. Nothing restarts. ' +
    'A change that was broken off goes on with --resume or back with --undo, from any machine.'
  static override examples = [
    '<%= config.bin %> set-mode hybrid --dry-run',
    '<%= config.bin %> set-mode hybrid',
    '<%= config.bin %> set-mode noEncap --no-snat --canary 2 --batch 10% --soak 30s',
    '<%= config.bin %> set-mode --no-snat',
    '<%= config.bin %> set-mode hybrid --nodes n1,n2',
    '<%= config.bin %> set-mode encap --yes -o json',
    '<%= config.bin %> set-mode --status',
    '<%= config.bin %> set-mode --undo',
  ]
  static override args = {mode: Args.string({description: 'encap, hybrid or noEncap', required: false})}
  static override flags = {
    snat: Flags.boolean({
      summary:
        'Pods go to the outside with the address of their Node; with noEncap they may keep their own (--no-snat). Without MODE this alone changes',
      allowNo: true,
    }),
    'dry-run': Flags.boolean({summary: 'show the plan and change nothing'}),
    preflight: Flags.boolean({
      summary: 'have the agents try the new ways before anything changes; with --dry-run only when it is said',
      allowNo: true,
    }),
    save: Flags.string({summary: 'write the plan to a file, for --plan', helpValue: 'FILE'}),
    plan: Flags.string({
      summary: 'carry out a saved plan; it is refused if the facts have changed since',
      helpValue: 'FILE',
      exclusive: ['snat', 'save', 'nodes', 'selector', 'canary', 'batch', 'max-loss', 'soak', 'not-ready'],
    }),
    nodes: Flags.string({
      summary: 'only these Nodes, by their AntreaNodeConfigs, which stay; the ConfigMap is left alone',
      helpValue: 'NODE,…',
      multiple: true,
    }),
    selector: Flags.string({
      char: 'l',
      summary: 'only Nodes with these labels, in the same way',
      helpValue: 'LABEL=VALUE,…',
    }),
    canary: Flags.integer({summary: 'so many Nodes first, alone (1; 0: none)', helpValue: 'N', min: 0}),
    batch: Flags.string({summary: 'so many Nodes at a time after that, or a part of them (25%)', helpValue: 'N|P%'}),
    'max-loss': Flags.string({
      summary:
        "probe packets that may be lost before everything goes back (0), or report; upstream's agents count none",
      helpValue: 'N|report',
    }),
    soak: Flags.string({summary: 'watch each batch for so long before the next (0)', helpValue: 'TIME'}),
    'not-ready': Flags.option({
      summary:
        'a Node that is not Ready, or cordoned, is waited for, skipped (it follows when it is back), or stops the change',
      options: notReadyNames,
    })(),
    'remove-stale-routes': Flags.boolean({
      summary:
        "upstream's agents leave routes into the tunnel behind in noEncap: take them away on each Node that has changed",
    }),
    status: Flags.boolean({summary: 'where the last change stands', helpGroup: 'A CHANGE THAT WAS BEGUN'}),
    resume: Flags.boolean({summary: 'go on with what was broken off', helpGroup: 'A CHANGE THAT WAS BEGUN'}),
    undo: Flags.boolean({
      summary: 'back to the configuration before, byte for byte: half-way, or long after',
      helpGroup: 'A CHANGE THAT WAS BEGUN',
    }),
    abort: Flags.boolean({
      summary: 'stop it where it stands, and leave the Nodes as they are',
      helpGroup: 'A CHANGE THAT WAS BEGUN',
    }),
  }

  override async run(): Promise<void> {
    const {args: given, flags} = await this.parse(SetMode)
    const args = canAsk() && isNothing(given, flags) ? {mode: await this.#ask()} : given
    const [deed, ...more] = deeds.filter((one) => flags[one])
    const isNew = args.mode !== undefined || flags.snat !== undefined || flags.plan !== undefined
    if (more.length > 0 || (deed === undefined) !== isNew) throw notOne()
    const signal = this.interruptible()
    // Before any cluster is asked.
    if (args.mode !== undefined) await wantedNow(args.mode, {})
    const {openSession} = await import('../cluster/session.ts')
    const {kubeconfig, context, server} = flags
    const choice = {kubeconfig, context, server, signal, onRoad: this.tell(flags)}
    await using session = await this.within(signal, openSession(choice))
    switch (deed) {
      case undefined:
        return await this.#begin(args.mode, flags, {session, signal})
      case 'resume':
        return await this.#goOn(flags, {session, signal})
      case 'undo':
        return await this.#undo(flags, {session, signal})
      case 'status':
        return await this.#status(flags, session)
      case 'abort':
        return await this.#abort(flags, session)
    }
  }

  /** For people without flags; the plan and its question come after. */
  async #ask(): Promise<string> {
    const {trafficModeNames, trafficModes} = await import('../model/traffic-mode.ts')
    const rows = trafficModeNames.map((name) => `${name.padEnd(8)} ${trafficModes[name].summary}`)
    const [mode = ''] = (await askOne('Which way are packets between Nodes to travel?', rows)).split(' ')
    this.progress(`antctl set-mode ${mode}`)
    return mode
  }

  async #begin(mode: string | undefined, flags: Flagged, at: Place): Promise<void> {
    const {session, signal} = at
    const {api} = session.cluster
    const wanted = await (flags.plan === undefined
      ? wantedNow(mode, await this.#wish(flags, at))
      : wantedBefore(flags.plan))
    const [{observeFacts}, {freePlace}] = await Promise.all([
      import('../changes/set-mode/observe-facts.ts'),
      import('../changes/engine/begin.ts'),
    ])
    await using cluster = await liveCluster(session)
    // Half-way between two modes a plan would be judged by what is on its way.
    if (!flags['dry-run']) await this.within(signal, freePlace(cluster))
    const facts = await this.within(signal, observeFacts(session, wanted.mode, signal))
    const plan = await wanted.plan(facts)
    if (flags.save !== undefined) await savePlan(flags.save, facts, wanted)
    const last = flags['dry-run'] || plan.done
    const refused = notConfirmed(commandFor(plan, flags, mode))
    const {whoAmI} = await import('../cluster/rights.ts')
    if (!last && !flags.yes && !process.stdin.isTTY) throw refused
    if (!last && isTable(flags.output) && !flags.events)
      await this.write(process.stdout, `${planLines(plan, this.view(process.stdout)).join('\n')}\n\n`)
    if (!last) await this.within(signal, assertRights(session))
    const isTried =
      (flags.preflight ?? !last) && plan.cluster === 'ours' && plan.refusals.length === 0 && plan.pairs.changed > 0
    const tried = isTried ? await this.#try(plan, at) : undefined
    const head = {plan: publishedPlan(plan), ...(tried !== undefined && {preflight: tried})}
    if (last) await this.show({...head, events: []}, flags.output, (view) => planLines(plan, view))
    await assertPossible(plan, tried)
    if (last) return
    const changing = plan.phases.reduce((sum, {nodes}) => sum + nodes.length, 0)
    if (!flags.yes) await this.confirm(`Change ${changing} Nodes to ${plan.to}?`, refused, signal)
    const [{carryOut}, {wantedOf}] = await Promise.all([
      import('../changes/engine/drive-change.ts'),
      import('../changes/engine/stored-plan.ts'),
    ])
    const carried = wantedOf(plan, facts.config, await whoAmI(api, {timeout: 5_000}))
    await this.#drive(flags, at, head, (cluster, options) => carryOut(cluster, carried, options))
  }

  /** Beside the traffic of the Pods, which notices nothing of it. */
  async #try(plan: ModePlan, {session, signal}: Place): Promise<PreflightReport> {
    const {preflight} = await import('../changes/preflight/run.ts')
    return preflight(plan, session.cluster.api, {signal, onProgress: (text) => this.progress(text)})
  }

  async #goOn(flags: Flagged, at: Place): Promise<void> {
    const {resumeChange} = await import('../changes/engine/drive-change.ts')
    await this.within(at.signal, assertRights(at.session))
    await this.#drive(flags, at, {}, resumeChange)
  }

  /** The record, what becomes of it, and the question before. */
  async #undo(flags: Flagged, at: Place): Promise<void> {
    const [{undoChange}, {undoable}, {undoLines}] = await Promise.all([
      import('../changes/engine/drive-change.ts'),
      import('../changes/engine/take-up.ts'),
      import('../ui/change-status.ts'),
    ])
    await using cluster = await liveCluster(at.session)
    const {change} = await this.within(at.signal, undoable(cluster))
    const shown = {id: change.id, began: change.began, by: change.by, plan: change.plan}
    if (flags['dry-run']) return await this.show({undo: shown}, flags.output, (view) => undoLines(change, view))
    await this.within(at.signal, assertRights(at.session))
    if (isTable(flags.output) && !flags.events)
      await this.write(process.stdout, `${undoLines(change, this.view(process.stdout)).join('\n')}\n\n`)
    if (!flags.yes) await this.confirm('Go back?', notConfirmed('antctl set-mode --undo'), at.signal)
    await this.#drive(flags, at, {undo: shown}, undoChange)
  }

  async #status(flags: Flagged, session: Session): Promise<void> {
    const [{statusOf}, {statusLines}] = await Promise.all([
      import('../changes/engine/status.ts'),
      import('../ui/change-status.ts'),
    ])
    await using cluster = await liveCluster(session)
    const status = await statusOf(cluster)
    await this.show(status, flags.output, (view) => statusLines(status, view))
  }

  async #abort(flags: Flagged, session: Session): Promise<void> {
    const {abortChange} = await import('../changes/engine/abort.ts')
    await using cluster = await liveCluster(session)
    this.progress('asks whoever carries it out to stop')
    const sentence = await abortChange(cluster)
    await this.show({state: 'stopped', sentence}, flags.output, ({theme}) => [
      theme.good(`Stopped: ${sentence}.`),
      'antctl set-mode --resume goes on, antctl set-mode --undo goes back.',
    ])
  }

  /** Shows the work while it is done, and in the end what came of it, also when it failed. */
  async #drive(flags: Flagged, {session, signal}: Place, head: object, work: Work): Promise<void> {
    const [{statusOf}, {holderName}, {statusLines}] = await Promise.all([
      import('../changes/engine/status.ts'),
      import('../changes/engine/holder.ts'),
      import('../ui/change-status.ts'),
    ])
    await using cluster = await liveCluster(session)
    const events: ChangeEvent[] = []
    const end = async () => {
      if (flags.events) return
      const status = await statusOf(cluster)
      await this.show({...head, ...status, events}, flags.output, (view) => statusLines(status, view))
    }
    const holder = holderName()
    const otherwise = this.#otherwise(flags)
    const options = {
      signal,
      holder,
      patience: (flags.timeout ?? patience) * 1_000,
      waiting: flags.timeout,
      otherwise,
      removeStaleRoutes: flags['remove-stale-routes'],
    }
    try {
      await this.watched(flags, (tell) =>
        work(cluster, {
          ...options,
          tell: (event) => {
            if (event.event !== 'probe') events.push(event)
            tell(event)
          },
        }),
      )
    } catch (error) {
      // For a person the error says it; a program wants all of it.
      if (!isTable(flags.output)) await end().catch(() => undefined)
      throw error
    }
    await end()
  }

  async #wish(flags: Flagged, {session, signal}: Place): Promise<ModeWish> {
    const [{defaultOptions}, {defaultPhases, parseBatch}, {nodesWithLabels}, {isUpstream}] = await Promise.all([
      import('../changes/set-mode/mode-plan.ts'),
      import('../changes/set-mode/phases.ts'),
      import('../cluster/node-selector.ts'),
      import('../cluster/agent-infos.ts'),
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
        ...this.#otherwise(flags),
      },
      ...(flags['remove-stale-routes'] && {removeStaleRoutes: true}),
    }
  }

  #otherwise(flags: Flagged): Partial<ChangeOptions> {
    const {'max-loss': maxLoss, 'not-ready': notReady, soak} = flags
    return {
      ...(maxLoss !== undefined && {maxLoss: parseMaxLoss(maxLoss)}),
      ...(notReady !== undefined && {notReady}),
      ...(soak !== undefined && {soakSeconds: /^0[smh]?$/u.test(soak) ? 0 : parseSeconds(soak, '--soak')}),
    }
  }
}

/** Neither what to change to, nor what becomes of a change. */
function isNothing({mode}: {readonly mode?: string | undefined}, flags: Flagged): boolean {
  return [mode, flags.snat, flags.plan].every((word) => word === undefined) && !deeds.some((deed) => flags[deed])
}

function parseMaxLoss(text: string): ChangeOptions['maxLoss'] {
  if (text === 'report') return text
  if (/^\d{1,9}$/u.test(text)) return Number(text)
  throw new AntctlError('USAGE', `${JSON.stringify(text)} is no number of packets`, {
    remedy: ['--max-loss 0', '--max-loss report tells what was lost, and goes on'],
  })
}

interface Place {
  readonly session: Session
  readonly signal: AbortSignal
}

function commandFor({noSNAT}: ModePlan, {plan}: Flagged, mode: string | undefined): string {
  if (plan !== undefined) return `antctl set-mode --plan ${plan}`
  const snat = noSNAT.from === noSNAT.to ? '' : noSNAT.to ? ' --no-snat' : ' --snat'
  return `antctl set-mode${mode === undefined ? '' : ` ${mode}`}${snat}`
}

function notConfirmed(command: string): AntctlError {
  return new AntctlError('NOT_CONFIRMED', 'nothing was changed: the plan was not confirmed', {
    remedy: [`${command} --dry-run`, `${command} --yes`],
  })
}

function notOne(): AntctlError {
  return new AntctlError('USAGE', 'say either what to change to, or what becomes of the change that was begun', {
    remedy: [
      'antctl set-mode hybrid --dry-run',
      'antctl set-mode --no-snat',
      'antctl set-mode --status',
      'antctl set-mode --help',
    ],
  })
}
