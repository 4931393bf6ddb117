import {printable} from '../printable.ts'
import {charactersOf} from '../width.ts'
import type {Key} from './key.ts'

/** A line that is being written. */
export interface Prompt {
  readonly sign: ':' | '/'
  readonly text: string
}

const longest = 200

/** undefined: the key is none of writing. */
export function written(text: string, key: Key): string | undefined {
  if (key.name === 'text') return bounded(text + key.text)
  if (key.name === 'backspace') return charactersOf(text).slice(0, -1).join('')
  return undefined
}

/** Whatever was pasted: one line, of what a person can see. */
export function pasted(text: string, more: string): string {
  return bounded(text + printable(more.replaceAll(/\s+/gu, ' ')).replaceAll(/\\x[0-9a-f]{2}|\\u[0-9a-f]{4}/gu, ''))
}

function bounded(text: string): string {
  return charactersOf(text).slice(0, longest).join('')
}
