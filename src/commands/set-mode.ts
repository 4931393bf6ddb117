import {Args, Flags, type Interfaces} from '@oclif/core'
import {notReadyNames} from '../model/change.ts'
import {AntctlError} from '../model/errors.ts'
import {isTable} from '../ui/output.ts'
import type {View} from '../ui/view.ts'
import {askOne, canAsk} from './asking.ts'
import {liveCluster} from './change-driver.ts'
import {ChangingCommand} from './changing.ts'
import type {Desk} from './set-mode/desk.ts'
import {wantedNow} from './set-mode/plans.ts'

export type SetModeFlags = Interfaces.InferredFlags<typeof SetMode.flags & typeof SetMode.baseFlags>

/** What is asked of a change that was begun before. */
const deeds = ['status', 'resume', 'undo', 'redo', 'abort'] as const
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
  static override args = {
    mode: Args.string({ignoreStdin: true, description: 'encap, hybrid or noEncap', required: false}),
  }
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
      summary:
        'back to the configuration before, byte for byte: half-way at once, long after with the refusals and probes of a new change',
      helpGroup: 'A CHANGE THAT WAS BEGUN',
    }),
    redo: Flags.boolean({
      summary: 'turn what is on its way back round again, and go forward to its end',
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
    await using cluster = await liveCluster(session)
    const desk: Desk = {
      flags,
      session,
      cluster,
      signal,
      show: (value, lines) => this.show(value, flags.output, lines),
      page: (lines) => this.#page(flags, lines),
      confirm: (question, refused) => this.confirm(question, refused, signal),
      progress: (text) => this.progress(text),
      within: (work) => this.within(signal, work),
      watched: (work) => this.watched(flags, work),
    }
    switch (deed) {
      case undefined:
        return await (await import('./set-mode/begin.ts')).begin(desk, args.mode)
      case 'resume':
        return await (await import('./set-mode/resume.ts')).resume(desk)
      case 'undo':
        return await (await import('./set-mode/undo.ts')).undo(desk)
      case 'redo':
        return await (await import('./set-mode/redo.ts')).redo(desk)
      case 'status':
        return await (await import('./set-mode/status.ts')).status(desk)
      case 'abort':
        return await (await import('./set-mode/abort.ts')).abort(desk)
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

  /** For a person, before the question. */
  async #page(flags: SetModeFlags, lines: (view: View) => readonly string[]): Promise<void> {
    if (!isTable(flags.output) || flags.events) return
    await this.write(process.stdout, `${lines(this.view(process.stdout)).join('\n')}\n\n`)
  }
}

/** Neither what to change to, nor what becomes of a change. */
function isNothing({mode}: {readonly mode?: string | undefined}, flags: SetModeFlags): boolean {
  return [mode, flags.snat, flags.plan].every((word) => word === undefined) && !deeds.some((deed) => flags[deed])
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
