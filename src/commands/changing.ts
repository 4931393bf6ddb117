import {Flags} from '@oclif/core'
import {createInterface} from 'node:readline/promises'
import type {ChangeEvent} from '../model/change-event.ts'
import {AntctlError} from '../model/errors.ts'
import {changeEventLine} from '../ui/change-view.ts'
import {inJson, isTable, type OutputFormat} from '../ui/output.ts'
import {AntctlCommand} from './base.ts'
import {whoeverReads} from './closed-pipe.ts'

export interface ChangingFlags {
  readonly output: OutputFormat
  readonly events: boolean
  readonly yes: boolean
}

/** Takes in what a change tells, and shows it to whoever looks. */
interface Audience {
  tell(event: ChangeEvent): void
  close(): void
}

/** A command that changes a cluster: it asks, shows what happens while it happens, and says where it stands when it is broken off. */
export abstract class ChangingCommand extends AntctlCommand {
  static override baseFlags = {
    ...AntctlCommand.baseFlags,
    yes: Flags.boolean({char: 'y', summary: 'do not ask', helpGroup: 'CHANGING'}),
    events: Flags.boolean({
      summary: 'write each event as a line of JSON when it happens (docs/schemas/change-event.json), and nothing else',
      helpGroup: 'CHANGING',
    }),
  }

  /** Does the work and shows it: as a page in a terminal, as lines in a log, as events for a program. */
  protected async watched(
    flags: ChangingFlags,
    work: (tell: (event: ChangeEvent) => void) => Promise<void>,
  ): Promise<void> {
    const audience = await this.#audience(flags)
    const unread = await whoeverReads(async () => {
      try {
        await work((event) => audience.tell(event))
      } finally {
        audience.close()
      }
    })
    if (unread === undefined) return
    throw new AntctlError('FILE', `the change went on to its end, but not all could be told: ${unread.message}`, {
      remedy: ['antctl set-mode --status'],
      cause: unread,
    })
  }

  async #audience({events, output}: ChangingFlags): Promise<Audience> {
    const lines = (stream: NodeJS.WriteStream, text: (event: ChangeEvent) => string | undefined) => ({
      tell: (event: ChangeEvent) => {
        const line = text(event)
        if (line !== undefined) stream.write(`${line}\n`)
      },
      close: () => undefined,
    })
    if (events) return lines(process.stdout, (event) => inJson(event))
    if (isTable(output) && isDrawable(process.stdout)) {
      const {drawChange} = await import('../ui/mode-progress.ts')
      const screen = drawChange(() => this.view(process.stdout))
      return {tell: (event) => screen.update(event), close: () => screen.close()}
    }
    // Where stdout is for the JSON or YAML at the end, somebody may still look at stderr.
    const stream = isTable(output) ? process.stdout : process.stderr
    const isSeen = isTable(output) || stream.isTTY
    let lost = 0
    return lines(stream, (event) => {
      const isNews = event.event !== 'probe' || event.lost > lost
      if (event.event === 'probe') lost = event.lost
      return isSeen && isNews ? changeEventLine(event, this.view(stream)) : undefined
    })
  }

  /** "yes" on the terminal, or NOT_CONFIRMED with what would do it without asking. */
  protected async confirm(question: string, notConfirmed: AntctlError, signal: AbortSignal): Promise<void> {
    if (!process.stdin.isTTY || !process.stderr.isTTY) throw notConfirmed
    // Whoever has asked before lets the process end while stdin is open; while this waits, it must not.
    process.stdin.ref()
    const prompt = createInterface({input: process.stdin, output: process.stderr})
    const {promise: left, reject} = Promise.withResolvers<never>()
    prompt.once('close', () => reject(notConfirmed))
    // While it asks, readline has the terminal's Ctrl-C; it is handed on to where every command listens.
    prompt.once('SIGINT', () => process.emit('SIGINT'))
    try {
      const answer = await Promise.race([prompt.question(`${question} Type "yes": `, {signal}), left])
      if (answer.trim().toLowerCase() !== 'yes') throw notConfirmed
    } finally {
      prompt.close()
    }
  }

  /** Ctrl-C and SIGTERM alike; what a change says of where it stands goes before the bare interruption. */
  protected interruptible(): AbortSignal {
    process.once('SIGTERM', () => process.emit('SIGINT'))
    return this.deadline(undefined)
  }

  protected override async catch(error: Error): Promise<never> {
    if (error instanceof AntctlError && error.remedy.length > 0) throw error
    return super.catch(error)
  }
}

/** Is it a terminal that somebody looks at, and that can be drawn on? */
function isDrawable(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env['TERM'] !== 'dumb' && (process.env['CI'] ?? '') === ''
}
