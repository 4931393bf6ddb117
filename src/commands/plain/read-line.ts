import {type Given, sortWords} from './sort-words.ts'
import {type Arg, type Flag, type Flags, NotPlain, type Tables} from './tables.ts'

/** A command line as oclif reads it. */
export interface Line {
  readonly args: Readonly<Record<string, unknown>>
  readonly argv: readonly unknown[]
  readonly flags: Readonly<Record<string, unknown>>
}

/** Rejects with NotPlain wherever oclif might see it otherwise, or would have something to say. */
export async function readLine(words: readonly string[], tables: Tables): Promise<Line> {
  const flags = {...tables.baseFlags, ...tables.flags}
  const {given, others} = sortWords(words, flags)
  for (const [name, flag] of Object.entries(flags)) checkFlag(name, flag, given)
  const wanted = Object.entries(tables.args ?? {})
  if (others.length > wanted.length && tables.strict !== false) throw new NotPlain()
  return {...argsOf(others, wanted), flags: await valuesOf(flags, given)}
}

function checkFlag(name: string, {required, exclusive = [], dependsOn = []}: Flag, given: Given): void {
  const isGiven = given.has(name)
  if (required === true && !isGiven) throw new NotPlain()
  if (isGiven && (exclusive.some((other) => given.has(other)) || !dependsOn.every((other) => given.has(other))))
    throw new NotPlain()
}

async function valuesOf(flags: Flags, given: Given): Promise<Line['flags']> {
  const entries = Object.entries(flags).map(
    async ([name, flag]) => [name, await valueOf(flag, given.get(name))] as const,
  )
  return Object.fromEntries((await Promise.all(entries)).filter(([, value]) => value !== undefined))
}

async function valueOf(flag: Flag, texts: readonly unknown[] | undefined): Promise<unknown> {
  if (texts === undefined) return flag.default
  try {
    const values = await Promise.all(texts.map((text) => flag.parse(text, {}, flag)))
    return flag.multiple === true ? values : values.at(-1)
  } catch {
    throw new NotPlain()
  }
}

function argsOf(others: readonly string[], wanted: readonly (readonly [string, Arg])[]): Pick<Line, 'args' | 'argv'> {
  const found = wanted.map(([name, arg], at) => [name, others[at] ?? arg.default] as const)
  const args = Object.fromEntries(found.filter(([, value]) => value !== undefined))
  return {args, argv: [...Object.values(args), ...others.slice(wanted.length)]}
}
