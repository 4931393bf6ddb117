import {unreadable, type ValueKind} from './values.ts'

interface Translation {
  /** The words that such an action can start with, in lower case. */
  readonly words: readonly string[]
  /** Text → bytes after the header, without padding at the end; undefined when the text is none of this kind. */
  parse(text: string, nested: Nested): Buffer | undefined
  /** Bytes after the header → text, undefined when we have no words for what they say. */
  print(body: Buffer, nested: Nested): string | undefined
}
/** For an action that holds actions. */
export interface Nested {
  encode(actions: readonly string[]): Buffer
  decode(bytes: Buffer): string[]
}
type Identity =
  | {readonly openflow: number; readonly nicira?: undefined}
  | {readonly nicira: number; readonly openflow?: undefined}
/** One row an action: its number in OpenFlow 1.5.1 §7.2.6 or among Nicira's (nicira-ext.h), and both translations. */
export type ActionKind = Translation & Identity

/** An action that is its word alone, for example "exit". */
export function bareAction(word: string, identity: Identity): ActionKind {
  const body = Buffer.alloc(identity.openflow === undefined ? 6 : 4)
  return {...identity, words: [word], parse: (text) => (text === word ? body : undefined), print: () => word}
}

/** An action with one value of `size` bytes after a colon, for example "set_queue:5". */
export function valueAction(word: string, identity: Identity, kind: ValueKind, size: number): ActionKind {
  return {
    ...identity,
    words: [word],
    parse(text) {
      if (!text.startsWith(`${word}:`)) return undefined
      return Buffer.concat([kind.parse(text.slice(word.length + 1), size)], identity.openflow === undefined ? 6 : 4)
    },
    print: (body) => `${word}:${kind.print(body.subarray(0, size))}`,
  }
}

/** What is written as "NAME=VALUE" or as a name alone in an action's parentheses. */
export function readOptions(words: readonly string[], names: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>()
  for (const word of words) {
    const at = word.indexOf('=')
    const name = at < 0 ? word : word.slice(0, at)
    if (!names.includes(name)) throw unreadable(word, `one of ${names.join(', ')}`)
    options.set(name, at < 0 ? '' : word.slice(at + 1))
  }
  return options
}

/** As ovs-ofctl writes bytes: "01.02.03". */
export function printBytes(bytes: Buffer): string {
  return bytes.toString('hex').replaceAll(/..(?!$)/gu, '$&.')
}

/** "01.02.03" or "010203" → bytes. */
export function parseBytes(text: string): Buffer {
  const digits = text.replaceAll('.', '')
  if (!/^(?:[0-9a-f]{2})*$/iu.test(digits)) throw unreadable(text, 'bytes in hexadecimal, for example 01.02')
  return Buffer.from(digits, 'hex')
}
