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
/** One row an action: its number in OpenFlow 1.5.1 §7.2.6 or among Nicira's (nicira-ext.h), and both translations. */
export type ActionKind = Translation &
  ({readonly openflow: number; readonly nicira?: undefined} | {readonly nicira: number; readonly openflow?: undefined})
