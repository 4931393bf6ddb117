import {setTimeout as sleep} from 'node:timers/promises'
import {Flags} from '@oclif/core'
import {AntctlError, exitCodes} from '../model/errors.ts'
import type {LastingSession, Session} from '../cluster/session.ts'
import type {Listing} from '../ui/listing.ts'
import {isTable, type OutputFormat} from '../ui/output.ts'
import {printable} from '../ui/printable.ts'
import {AntctlCommand, listOf, noNames, parseSeconds} from './base.ts'

/** What a reading command is given each time that it is to look. */
export interface Look {
  readonly session: Session
  readonly signal: AbortSignal
  /** The agents as they are now. */
  again(): Promise<Session>
}

export interface ReadingFlags {
  readonly output: OutputFormat
  readonly context?: string | undefined
  readonly kubeconfig?: string | undefined
  readonly server?: string | undefined
  readonly timeout?: number | undefined
  readonly verbose: boolean
  readonly 'no-headers': boolean
  readonly 'sort-by'?: string | undefined
  readonly watch: boolean
  readonly interval: number
  readonly nodes?: readonly string[] | undefined
  readonly selector?: string | undefined
}

/** Seconds for all Nodes together, where --timeout says nothing. */
const patience = 30

/** A command that shows what agents report: which Nodes, in which form, once or again and again. */
export abstract class ReadingCommand extends AntctlCommand {
  static override baseFlags = {
    ...AntctlCommand.baseFlags,
    nodes: Flags.string({
      summary: 'only these Nodes, separated by commas',
      helpValue: 'NODE',
      multiple: true,
      helpGroup: 'READING',
    }),
    selector: Flags.string({
      char: 'l',
      summary: 'only Nodes with these labels',
      helpValue: 'LABEL=VALUE,…',
      helpGroup: 'READING',
    }),
    'no-headers': Flags.boolean({summary: 'rows without their titles', helpGroup: 'READING'}),
    'sort-by': Flags.string({
      summary: "order of the rows: a column's title, or a path such as .ips[0]",
      helpValue: 'COLUMN',
      helpGroup: 'READING',
    }),
    watch: Flags.boolean({char: 'w', summary: 'look again and again, until Ctrl-C or --timeout', helpGroup: 'READING'}),
    interval: Flags.custom<number>({
      summary: 'with --watch: time between two looks',
      helpValue: 'TIME',
      default: 2,
      helpGroup: 'READING',
      parse: async (text) => parseSeconds(text, '--interval'),
    })(),
  }

  /** Looks once, or with --watch again and again, and shows what was found. */
  protected async read<Row>(
    flags: ReadingFlags,
    look: (look: Look) => Promise<Listing<Row>>,
    {untilThere = false}: {readonly untilThere?: boolean} = {},
  ): Promise<void> {
    const seconds = flags.timeout ?? patience
    const signal = this.deadline(flags.watch && flags.timeout === undefined ? undefined : seconds)
    const {openLastingSession} = await import('../cluster/session.ts')
    await using lasting = await this.within(
      signal,
      openLastingSession({
        ...flags,
        nodes: listOf(flags.nodes),
        signal,
        // A Node that hangs leaves time for the others, and for what is asked of it after.
        nodeTimeout: Math.round(Math.min(15, seconds / 3) * 1000),
        onRoad: this.tell(flags),
      }),
    )
    if (untilThere) await this.#untilThere(lasting, signal)
    if (flags.watch) await this.#watch(flags, () => this.#lookOnce(lasting, signal, look), signal)
    else await this.present(await this.#lookOnce(lasting, signal, look), flags)
  }

  /** A cluster that comes up has no API server first, and then no agents. */
  async #untilThere(lasting: LastingSession, signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.within(signal, lasting.now())
        return
      } catch (error) {
        const isPassing = error instanceof AntctlError && ['AGENT_MISSING', 'API_UNREACHABLE'].includes(error.code)
        if (signal.aborted || !isPassing) throw error
        this.progress(`waiting: ${error.message}`)
        await sleep(2_000, undefined, {signal}).catch(() => signal.throwIfAborted())
      }
    }
  }

  async #lookOnce<Row>(
    lasting: LastingSession,
    signal: AbortSignal,
    look: (look: Look) => Promise<Listing<Row>>,
  ): Promise<Listing<Row>> {
    const session = await this.within(signal, lasting.now())
    const listing = await look({session, signal, again: () => lasting.now()})
    // What was broken off by hand is not shown as if Nodes had failed.
    if (signal.aborted && signal.reason instanceof AntctlError && signal.reason.code === 'INTERRUPTED')
      signal.throwIfAborted()
    return listing
  }

  /** One listing on stdout; Nodes that failed end the process as PARTIAL. */
  protected async present<Row>(
    listing: Listing<Row>,
    flags: Pick<ReadingFlags, 'output' | 'no-headers' | 'sort-by'>,
  ): Promise<void> {
    await this.write(process.stdout, await this.#textOf(listing, flags))
    this.#endWith(listing, flags)
  }

  async #watch<Row>(flags: ReadingFlags, look: () => Promise<Listing<Row>>, signal: AbortSignal): Promise<void> {
    const {openFrames} = await import('../ui/frames.ts')
    const {stdout} = process
    const frames = stdout.isTTY && process.env['TERM'] !== 'dumb' && isTable(flags.output) ? openFrames() : undefined
    for (let count = 0; ; count += 1) {
      const text = await this.#frame(flags, look, {isFirst: count === 0})
      const separator = count > 0 && isTable(flags.output) ? '\n' : ''
      // A terminal that does not tell its size says 0.
      const screen = {columns: stdout.columns || 80, rows: stdout.rows || 24}
      await this.write(stdout, frames?.next(text, screen) ?? separator + text)
      await sleep(flags.interval * 1000, undefined, {signal}).catch(() => signal.throwIfAborted())
    }
  }

  /** The first look may fail; later ones say what was wrong, and the next may be better. */
  async #frame<Row>(
    flags: ReadingFlags,
    look: () => Promise<Listing<Row>>,
    {isFirst}: {readonly isFirst: boolean},
  ): Promise<string> {
    try {
      const listing = await look()
      return flags.output === 'json' ? await this.#jsonLine(listing, flags) : await this.#textOf(listing, flags)
    } catch (error) {
      const isPassing = error instanceof AntctlError && !['INTERRUPTED', 'TIMEOUT', 'USAGE'].includes(error.code)
      if (isFirst || !isPassing) throw error
      if (isTable(flags.output)) return `${this.view(process.stdout).theme.bad(printable(error.message))}\n`
      this.note(`warning: ${printable(error.message)}`)
      return ''
    }
  }

  async #jsonLine<Row>(listing: Listing<Row>, flags: ReadingFlags): Promise<string> {
    const [{inJson}, {sorted, valueOf}] = await Promise.all([import('../ui/output.ts'), import('../ui/listing.ts')])
    return `${inJson(valueOf(sorted(listing, flags['sort-by'])))}\n`
  }

  async #textOf<Row>(
    listing: Listing<Row>,
    flags: Pick<ReadingFlags, 'output' | 'no-headers' | 'sort-by'>,
  ): Promise<string> {
    if (flags.output === 'name' && listing.name === undefined) throw noNames(this.id)
    const {listingText} = await import('../ui/listing.ts')
    const view = {...this.view(process.stdout), headers: !flags['no-headers']}
    return listingText(listing, {format: flags.output, sortBy: flags['sort-by']}, view)
  }

  #endWith<Row>({failures = []}: Listing<Row>, {output}: Pick<ReadingFlags, 'output'>): void {
    if (failures.length === 0) return
    process.exitCode = exitCodes.partial
    // Elsewhere the Node's row says it.
    if (output === 'name' || output.startsWith('jsonpath=')) this.tellOf(failures)
  }
}
