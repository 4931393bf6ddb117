import type {AntctlError} from '../../model/errors.ts'
import {age} from '../agent-table.ts'

/** What was asked of the cluster again and again: the last answer stays when a later question fails. */
export interface Feed<Value> {
  readonly value?: Value
  /** Milliseconds since 1970. */
  readonly at?: number
  readonly trouble?: Trouble
}

export interface Trouble {
  readonly sentence: string
  readonly remedy?: string
}

export function troubleOf({message, remedy}: Pick<AntctlError, 'message' | 'remedy'>): Trouble {
  const [first] = remedy
  return {sentence: message, ...(first !== undefined && {remedy: first})}
}

/** An answer that is three questions old says no more how things are now. */
export function isStale({at, trouble}: Feed<unknown>, now: number, every: number): boolean {
  return trouble !== undefined || (at !== undefined && now - at > 3 * every + 2_000)
}

export function ageWords(at: number, now: number): string {
  return `${age(new Date(at), new Date(now)) ?? ''} old`
}
