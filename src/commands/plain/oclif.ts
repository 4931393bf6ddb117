import {type Line, readLine} from './read-line.ts'
import type {Flag, Tables} from './tables.ts'

/**
 * What the shipped antctl has in place of @oclif/core while a command line is plain (scripts/build-shipped.ts): the same
 * names, as far as commands use them.
 */
export abstract class Command {
  static id = ''
  readonly #line: Line

  /** Rejects with NotPlain before anything was done. */
  static async run(this: Tables & (new (line: Line) => Command), words: readonly string[]): Promise<void> {
    const command = new this(await readLine(words, this))
    try {
      await command.run()
    } catch (error) {
      await command.catch(error)
    }
  }

  readonly id: string

  constructor(line: Line) {
    this.#line = line
    this.id = new.target.id
  }

  async parse(): Promise<Line> {
    return this.#line
  }

  protected abstract run(): Promise<void>

  protected async catch(error: unknown): Promise<never> {
    throw error
  }
}

type Said = object | undefined

export const Flags = {
  boolean: (said: Said): Flag => ({parse: asItIs, allowNo: false, ...said, type: 'boolean'}),
  string: option,
  integer: (said: Said) => option({parse: parseInteger, ...said}),
  custom: (said: Said) => (more: Said) => option({...said, ...more}),
  option: (said: Said) => (more: Said) => option({...said, ...more}),
}

export const Args = {string: option}

function option(said: Said): Flag {
  return {parse: asItIs, multiple: false, ...said, type: 'option'}
}

async function asItIs(value: unknown): Promise<unknown> {
  return value
}

interface Bounds {
  readonly min?: number
  readonly max?: number
}

/** What it throws nobody sees: oclif says it then. */
async function parseInteger(
  text: string,
  _context: object,
  {min = -Infinity, max = Infinity}: Bounds,
): Promise<number> {
  const number = Number(text)
  if (!/^-?\d+$/u.test(text) || number < min || number > max) throw new RangeError(text)
  return number
}
