import {createInterface} from 'node:readline/promises'
import {Args, Flags} from '@oclif/core'
import {AntctlError} from '../model/errors.ts'
import type {Session} from '../cluster/session.ts'
import type {ModeEvent} from '../changes/set-mode/apply.ts'
import type {PreflightReport} from '../changes/preflight/judge.ts'
import {type ModePlan, publishedPlan} from '../changes/set-mode/mode-plan.ts'
import {planLines, modeEventLine} from '../ui/mode-view.ts'
import {AntctlCommand} from './base.ts'
import {assertPossible, savePlan, wantedBefore, wantedNow} from './mode-plans.ts'

export class SetMode extends AntctlCommand {
  static override summary =
    'Change how packets travel between Nodes, while they travel, and prove that every Node follows.'
  static override description =
    'Shows a plan, asks, changes trafficEncapMode, and noSNAT when asked, of ConfigMap kube-system/antrea-config (comments stay), waits for ' +
    'every Node and checks its flows and routes. Nothing restarts.'
  static override examples = [
    '<%= config.bin %> set-mode hybrid --dry-run',
    '<%= config.bin %> set-mode hybrid',
    '<%= config.bin %> set-mode noEncap --no-snat',
    '<%= config.bin %> set-mode encap --yes -o json',
  ]
  static override args = {
    mode: Args.string({description: 'encap, hybrid or noEncap; without it --snat or --no-snat alone changes'}),
  }
  static override flags = {
    snat: Flags.boolean({
      summary:
        'Pods go to the outside with the address of their Node; with noEncap they may keep their own (--no-snat)',
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
      exclusive: ['snat', 'save'],
    }),
    yes: Flags.boolean({char: 'y', summary: 'do not ask'}),
  }

  override async run(): Promise<void> {
    const {args, flags} = await this.parse(SetMode)
    const seconds = flags.timeout ?? 120
    // A little longer than the patience below, whose end names the Nodes that did not follow.
    const signal = this.deadline(seconds + 10)
    const [{openSession}, {observeFacts}, {writeStoredConfig}] = await Promise.all([
      import('../cluster/session.ts'),
      import('../changes/set-mode/observe-facts.ts'),
      import('../cluster/config-map.ts'),
    ])
    const noSNAT = flags.snat === undefined ? undefined : !flags.snat
    const wanted = await (flags.plan === undefined ? wantedNow(args.mode, {noSNAT}) : wantedBefore(flags.plan))
    await using session = await this.within(signal, openSession({...flags, signal}))
    const facts = await observeFacts(session, wanted.mode, signal)
    const plan = await wanted.plan(facts)
    if (flags.save !== undefined) await savePlan(flags.save, facts, wanted)
    const last = flags['dry-run'] || plan.done
    if (!last && !flags.yes && !canAsk()) throw notConfirmed(plan)
    if (!last && flags.output === 'table')
      await this.write(process.stdout, `${planLines(plan, this.view(process.stdout)).join('\n')}\n\n`)
    const isTried = (flags.preflight ?? !last) && plan.refusals.length === 0 && plan.pairs.changed > 0
    const tried = isTried ? await this.#try(plan, session, signal) : undefined
    if (last) await this.show(report(plan, [], tried), flags.output, (view) => planLines(plan, view))
    await assertPossible(plan, tried)
    if (last) return
    if (!flags.yes) await this.#confirm(plan, signal)
    const write = (text: string) => writeStoredConfig(session.cluster.api, {...facts.stored, text}, {signal})
    const events = await this.#apply(plan, session, {write, signal, seconds, quiet: flags.output !== 'table'})
    const done = `Every Node runs ${plan.to}.`
    await this.show(report(plan, events, tried), flags.output, ({theme}) => [theme.good(done)])
  }

  /** Beside the traffic of the Pods, which notices nothing of it. */
  async #try(plan: ModePlan, session: Session, signal: AbortSignal): Promise<PreflightReport> {
    const {preflight} = await import('../changes/preflight/run.ts')
    return preflight(plan, session.cluster.api, {signal, onProgress: (text) => this.progress(text)})
  }

  async #apply(plan: ModePlan, session: Session, options: Applying): Promise<readonly ModeEvent[]> {
    const [{applySetMode}, {listAgentInfos}, {observePairs}] = await Promise.all([
      import('../changes/set-mode/apply.ts'),
      import('../cluster/agent-infos.ts'),
      import('../diagnostics/paths/observe-pairs.ts'),
    ])
    const {signal, seconds, write, quiet} = options
    const cluster = {
      write,
      agentInfos: () => listAgentInfos(session.cluster.api, {signal}),
      observePairs: (node: string) => observePairs(session, node),
    }
    const steps = applySetMode(plan, cluster, {signal, patience: seconds * 1000})
    return watched(quiet) ? this.#draw(plan, steps) : this.#tell(steps, quiet)
  }

  /** A terminal: one line a Node, drawn in place. */
  async #draw(plan: ModePlan, steps: AsyncIterable<ModeEvent>): Promise<readonly ModeEvent[]> {
    const {drawModeProgress} = await import('../ui/mode-progress.ts')
    const events: ModeEvent[] = []
    const screen = drawModeProgress(plan, this.view(process.stdout).theme)
    try {
      for await (const step of steps) {
        events.push(step)
        screen.update(events)
      }
      return events
    } finally {
      screen.close()
    }
  }

  /** A pipe or a log: a line a step. For a person the steps are the result; for a program they are progress. */
  async #tell(steps: AsyncIterable<ModeEvent>, quiet: boolean): Promise<readonly ModeEvent[]> {
    const events: ModeEvent[] = []
    const stream = quiet ? process.stderr : process.stdout
    for await (const step of steps) {
      events.push(step)
      if (!quiet || stream.isTTY) await this.write(stream, `${modeEventLine(step, this.view(stream))}\n`)
    }
    return events
  }

  async #confirm(plan: ModePlan, signal: AbortSignal): Promise<void> {
    const prompt = createInterface({input: process.stdin, output: process.stderr})
    const {promise: left, reject} = Promise.withResolvers<never>()
    prompt.once('close', () => reject(notConfirmed(plan)))
    // While it asks, readline has the terminal's Ctrl-C; it is handed on to where every command listens.
    prompt.once('SIGINT', () => process.emit('SIGINT'))
    try {
      const asked = prompt.question(`Change ${plan.nodes.length} Nodes to ${plan.to}? Type "yes": `, {signal})
      const answer = await Promise.race([asked, left])
      if (answer.trim().toLowerCase() !== 'yes') throw notConfirmed(plan)
    } finally {
      prompt.close()
    }
  }
}

/** Is somebody looking at a terminal that can be drawn on? */
function watched(quiet: boolean): boolean {
  return !quiet && process.stdout.isTTY && process.env['TERM'] !== 'dumb' && (process.env['CI'] ?? '') === ''
}

function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

function notConfirmed(plan: ModePlan): AntctlError {
  return new AntctlError('NOT_CONFIRMED', 'nothing was changed: the plan was not confirmed', {
    remedy: [`antctl set-mode ${plan.to} --dry-run`, `antctl set-mode ${plan.to} --yes`],
  })
}

interface Applying {
  readonly write: (text: string) => Promise<void>
  readonly signal: AbortSignal
  readonly seconds: number
  /** Only progress, on stderr: stdout is for the JSON or YAML at the end. */
  readonly quiet: boolean
}

/** The plan without the configuration's text, and what came of it. */
function report(plan: ModePlan, events: readonly ModeEvent[], tried: PreflightReport | undefined) {
  return {plan: publishedPlan(plan), ...(tried !== undefined && {preflight: tried}), events}
}
