import {Command, Flags} from '@oclif/core'
import {AntctlError, exitCodes} from '../model/errors.ts'
import {isTable, type OutputFormat, outputFormats, parseOutput, serialize, serializeOne} from '../ui/output.ts'
import {printable} from '../ui/printable.ts'
import {colourLevel, themeFor} from '../ui/theme.ts'
import type {View} from '../ui/view.ts'

/** What every command has: where the cluster is, how results are written, and how it ends. */
export abstract class AntctlCommand extends Command {
  static override baseFlags = {
    output: Flags.custom<OutputFormat>({
      char: 'o',
      summary: 'how to write the result',
      helpValue: outputFormats,
      default: 'table',
      helpGroup: 'GLOBAL',
      parse: async (text) => parseOutput(text),
    })(),
    context: Flags.string({summary: 'context of the kubeconfig', helpValue: 'NAME', helpGroup: 'GLOBAL'}),
    kubeconfig: Flags.string({char: 'k', summary: 'kubeconfig file', helpValue: 'FILE', helpGroup: 'GLOBAL'}),
    server: Flags.string({
      char: 's',
      summary: "address of the API server, in place of the kubeconfig's",
      helpValue: 'URL',
      helpGroup: 'GLOBAL',
    }),
    verbose: Flags.boolean({char: 'v', summary: 'tell by which road each agent is asked', helpGroup: 'GLOBAL'}),
    timeout: Flags.custom<number>({
      char: 't',
      summary: 'give up after this time, for example 30s or 2m',
      helpValue: 'TIME',
      helpGroup: 'GLOBAL',
      parse: async (text) => parseSeconds(text),
    })(),
  }

  readonly #interrupt = new AbortController()

  /** Fires on Ctrl-C and when the time is over, if there is an end to it; its reason is the error to end with. */
  protected deadline(seconds: number | undefined): AbortSignal {
    if (seconds !== undefined) {
      const timer = setTimeout(() => {
        const sentence = `not done after ${seconds} s`
        this.#interrupt.abort(new AntctlError('TIMEOUT', sentence, {remedy: ['allow more time with --timeout']}))
      }, seconds * 1000)
      timer.unref()
    }
    process.once('SIGINT', () => {
      // A second Ctrl-C finds no listener and ends the process at once.
      this.#interrupt.abort(new AntctlError('INTERRUPTED', 'interrupted'))
    })
    return this.#interrupt.signal
  }

  /** The work, or the deadline's error if that comes first: for commands that leave nothing behind. */
  protected async within<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
    const {promise, reject} = Promise.withResolvers<never>()
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, {once: true})
    try {
      return await Promise.race([work, promise])
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** What Ctrl-C or the deadline broke off ends with their error, whatever broke first. */
  protected override async catch(error: Error): Promise<never> {
    const {signal} = this.#interrupt
    throw signal.aborted && signal.reason instanceof Error ? signal.reason : error
  }

  /** The result on stdout: for a person as lines, for a program as JSON or YAML of `value`. */
  protected async show(value: unknown, format: OutputFormat, lines: (view: View) => readonly string[]): Promise<void> {
    if (format === 'name') throw noNames(this.id)
    const text = isTable(format)
      ? `${lines({...this.view(process.stdout), wide: format === 'wide'}).join('\n')}\n`
      : await serialize(value, format)
    await this.write(process.stdout, text)
  }

  /** One of many that come one after the other, on stdout: a line for a person, a value on its own for a program. */
  protected async showOne(value: unknown, format: OutputFormat, line: (view: View) => string): Promise<void> {
    if (format === 'name') throw noNames(this.id)
    const text = isTable(format) ? `${line(this.view(process.stdout))}\n` : await serializeOne(value, format)
    await this.write(process.stdout, text)
  }

  /** How far the work is: on stderr, and only where somebody looks. */
  protected progress(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(`${this.view(process.stderr).theme.faint(text)}\n`)
  }

  /** Nodes that did not answer: told on stderr, and the process ends as PARTIAL with the rest shown. */
  protected tellOf(failures: readonly {readonly node: string; readonly error: AntctlError}[]): void {
    for (const {error} of failures) this.note(`warning: ${printable(error.message)}`)
    if (failures.length > 0) process.exitCode = exitCodes.partial
  }

  /** With --verbose: how it is done, on stderr. */
  protected tell({verbose}: {readonly verbose: boolean}): (text: string) => void {
    return verbose ? (text) => this.note(this.view(process.stderr).theme.faint(printable(text))) : () => undefined
  }

  /** A warning that belongs to the result but must not stand among its data. */
  protected note(text: string): void {
    process.stderr.write(`${text}\n`)
  }

  protected view(stream: NodeJS.WriteStream): View {
    return {theme: themeFor(colourLevel(process.env, stream.isTTY)), width: stream.isTTY ? stream.columns : undefined}
  }

  protected async write(stream: NodeJS.WriteStream, text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => stream.write(text, (error) => (error ? reject(error) : resolve())))
  }
}

export function noNames(command: string | undefined): AntctlError {
  return new AntctlError('USAGE', `${command?.replaceAll(':', ' ') ?? 'this command'} has no names to list`, {
    remedy: ['use -o json, yaml, table or wide'],
  })
}

/** "30s", "2m", "1h" or plain seconds. */
export function parseSeconds(text: string, flag = '--timeout'): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h)?$/u.exec(text)
  const seconds = Number(match?.[1]) * {s: 1, m: 60, h: 3600}[unitOf(match?.[2])]
  if (!Number.isFinite(seconds) || seconds <= 0) {
    throw new AntctlError('USAGE', `${flag} ${JSON.stringify(text)} is not a time`, {remedy: ['write 30s, 2m or 1h']})
  }
  return seconds
}

function unitOf(text: string | undefined): 's' | 'm' | 'h' {
  return text === 'm' || text === 'h' ? text : 's'
}

/** "a,b" and repeated flags alike → names, each once. */
export function listOf(values: readonly string[] | undefined): readonly string[] {
  const names = (values ?? []).flatMap((value) => value.split(',')).map((name) => name.trim())
  return [...new Set(names.filter((name) => name !== ''))]
}
