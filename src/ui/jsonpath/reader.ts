import {AntctlError} from '../../model/errors.ts'

/** A text that is read from left to right, a word or a sign at a time. */
export interface Reader {
  ended(): boolean
  at(sign: string): boolean
  atQuote(): boolean
  /** Whether the sign stood here; it is passed then. */
  take(sign: string): boolean
  takeWord(word: string): boolean
  oneOf<Sign extends string>(signs: readonly Sign[]): Sign | undefined
  space(): void
  /** Everything before the sign, or to the end. */
  until(sign: string): string
  /** Of a field; '' when none begins here. A backslash takes the next character as it is: kubectl's `\.`. */
  name(): string
  quoted(): string
  integer(): number | undefined
  /** One or more, separated by commas. */
  list<Item>(item: () => Item): readonly Item[]
  fault(sentence: string): AntctlError
}

const escapes: Readonly<Record<string, string>> = {n: '\n', t: '\t', r: '\r', '"': '"', "'": "'", '\\': '\\'}

export function openReader(source: string): Reader {
  let place = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = place
    const found = pattern.exec(source)?.[0]
    if (found !== undefined) place += found.length
    return found
  }
  const fault = (sentence: string) =>
    new AntctlError('USAGE', `${JSON.stringify(source)}, character ${place + 1}: ${sentence}`, {
      remedy: ['a path is written as kubectl\'s: {.metadata.name}, {range [*]}{.node}{"\\n"}{end}'],
    })
  const take = (sign: string) => {
    if (!source.startsWith(sign, place)) return false
    place += sign.length
    return true
  }
  const reader: Reader = {
    ended: () => place >= source.length,
    at: (sign) => source.startsWith(sign, place),
    atQuote: () => source[place] === '"' || source[place] === "'",
    take,
    takeWord: (word) => {
      const isWhole = source.startsWith(word, place) && !/[\w.[]/u.test(source[place + word.length] ?? '')
      if (isWhole) place += word.length
      return isWhole
    },
    oneOf: (signs) => signs.find((sign) => take(sign)),
    space: () => void match(/\s*/uy),
    until: (sign) => {
      const end = source.indexOf(sign, place)
      const text = source.slice(place, end === -1 ? undefined : end)
      place += text.length
      return text
    },
    name: () => (match(/(?:\\.|[^\s.[\](){}=!<>,'"*?:$@|&])*/uy) ?? '').replaceAll(/\\(.)/gu, '$1'),
    quoted: () => {
      const text = match(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/suy)
      if (text === undefined) throw fault('this text has no closing quote')
      return text.slice(1, -1).replaceAll(/\\(.)/gsu, (whole, letter: string) => escapes[letter] ?? whole)
    },
    integer: () => {
      const digits = match(/-?\d{1,9}/uy)
      return digits === undefined ? undefined : Number(digits)
    },
    list: (item) => {
      const items = [item()]
      for (reader.space(); take(','); reader.space()) {
        reader.space()
        items.push(item())
      }
      return items
    },
    fault,
  }
  return reader
}
