import {type Flag, type Flags, NotPlain} from './tables.ts'

/** Each flag's texts in their order; for one without a text whether it is meant or denied. */
export type Given = ReadonlyMap<string, readonly (string | boolean)[]>

/** Which words belong to which flag, and those that belong to none. */
export function sortWords(
  words: readonly string[],
  flags: Flags,
): {readonly given: Given; readonly others: readonly string[]} {
  const given = new Map<string, (string | boolean)[]>()
  const others: string[] = []
  const rest = [...words]
  let takesMore = false
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    // A flag that takes many takes the words behind it, too, up to the next flag with a text.
    if (!word.startsWith('-')) {
      if (takesMore) throw new NotPlain()
      others.push(word)
      continue
    }
    const found = find(word, flags)
    const texts = given.get(found.name) ?? []
    if (found.flag.type === 'boolean') texts.push(denialOr(found))
    else {
      texts.push(textOf(found, rest))
      takesMore = found.flag.multiple === true
      if (texts.length > 1 && !takesMore) throw new NotPlain()
    }
    given.set(found.name, texts)
  }
  // oclif puts them in the order in which each word is first seen, wherever that was.
  if (others.some((word) => words.indexOf(word) !== words.lastIndexOf(word))) throw new NotPlain()
  return {given, others}
}

interface Found {
  readonly name: string
  readonly flag: Flag
  readonly isDenied: boolean
  /** What stood behind an equals sign. */
  readonly text: string | undefined
}

function find(word: string, flags: Flags): Found {
  const {long, char, text} = partsOf(word)
  const named = (wanted: string) =>
    Object.entries(flags).find(([name, {aliases = []}]) => name === wanted || aliases.includes(wanted))
  const plain = long === undefined ? Object.entries(flags).find(([, flag]) => flag.char === char) : named(long)
  if (plain !== undefined) return {name: plain[0], flag: plain[1], isDenied: false, text}
  const denied = long?.startsWith('no-') === true ? named(long.slice('no-'.length)) : undefined
  if (denied?.[1].allowNo !== true) throw new NotPlain()
  return {name: denied[0], flag: denied[1], isDenied: true, text}
}

/** "--output", "--output=json", "-o", "-ojson", "-o=json". */
function partsOf(word: string): {long?: string | undefined; char?: string | undefined; text: string | undefined} {
  const long = /^--(?<name>[^=]+)(?:=(?<text>.*))?$/su.exec(word)?.groups
  if (long !== undefined) return {long: long['name'], text: long['text']}
  const short = /^-(?<char>[^-])(?<text>=.*|.+)?$/su.exec(word)?.groups
  if (short === undefined) throw new NotPlain()
  return {char: short['char'], text: short['text']?.replace(/^=/u, '')}
}

function denialOr({isDenied, text}: Found): boolean {
  if (text !== undefined) throw new NotPlain()
  return !isDenied
}

function textOf({flag, text, isDenied}: Found, rest: string[]): string {
  const found = text ?? rest.shift()
  const isOther = found === undefined || found.startsWith('-') || isDenied
  if (isOther || flag.options?.includes(found) === false) throw new NotPlain()
  return found
}
