import {setTimeout as sleep} from 'node:timers/promises'
import {Flags} from '@oclif/core'
import {AntctlError, exitCodes} from '../model/errors.ts'
import type {Session} from '../cluster/session.ts'
import type {HealthReport} from '../diagnostics/health/report.ts'
import {type Look, ReadingCommand} from './reading.ts'

/** Seconds, where --timeout says nothing. */
const patience = {once: 30, wait: 300} as const

export class Status extends ReadingCommand {
  static override summary =
    'One page: agents, modes, configuration, versions, what drifts, what is not enforced, what to do next.'
  static override description =
    'Exit status 0 when all is well, 1 when something is bad; with --wait 124 when it does not become well in time. ' +
    'Remarks alone (different modes, an unfinished change, drift that is being repaired) are not bad.'
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --wait --timeout 5m',
    '<%= config.bin %> status -o jsonpath=\'{range .findings[*]}{.severity}: {.sentence}{"\\n"}{end}\'',
  ]
  static override flags = {wait: Flags.boolean({summary: 'until all is well, or --timeout (5m)', exclusive: ['watch']})}

  override async run(): Promise<void> {
    const {flags} = await this.parse(Status)
    const timeout = flags.timeout ?? (flags.wait ? patience.wait : patience.once)
    await this.read<HealthReport>(
      {...flags, ...(!flags.watch && {timeout})},
      async (look) => {
        const report = flags.wait ? await this.#untilWell(look) : await judge(look.session, look.signal)
        const isLate = flags.wait && !report.healthy
        process.exitCode = report.healthy ? exitCodes.ok : isLate ? exitCodes.timeout : exitCodes.failed
        const {statusLines} = await import('../ui/status-view.ts')
        return {rows: [report], columns: [], single: true, lines: (_rows, view) => statusLines(report, view)}
      },
      {untilThere: flags.wait},
    )
  }

  /** The last page when time is over: it says what is still not well. */
  async #untilWell({session, again, signal}: Look): Promise<HealthReport> {
    let report = await judge(session, signal)
    while (!report.healthy && !signal.aborted) {
      const [first] = report.findings
      this.progress(`waiting: ${first?.sentence ?? 'not all is well'}`)
      try {
        await sleep(2_000, undefined, {signal})
        report = await judge(await again(), signal)
      } catch (error) {
        if (!signal.aborted && !isPassing(error)) throw error
      }
    }
    return report
  }
}

async function judge(session: Session, signal: AbortSignal): Promise<HealthReport> {
  const [{gatherHealth}, {judgeHealth}] = await Promise.all([
    import('../diagnostics/facts/health.ts'),
    import('../diagnostics/health/judge.ts'),
  ])
  return judgeHealth(await gatherHealth(session, signal))
}

/** What a cluster that is just coming up may answer. */
function isPassing(error: unknown): boolean {
  return error instanceof AntctlError && ['AGENT_MISSING', 'API_UNREACHABLE', 'API_FORBIDDEN'].includes(error.code)
}
