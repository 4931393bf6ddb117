import type {Screen} from '../frames.ts'
import type {Theme} from '../theme.ts'

/** Where a view may draw. */
export interface Room {
  readonly theme: Theme
  readonly width: number
  readonly height: number
}

/** What a view draws. With `top` it is all that there is, shown from that line on; else it is what fits. */
export interface Body {
  readonly lines: readonly string[]
  readonly top?: number
}

/** Lines above and below what a view draws. */
const besides = 3

export function bodyHeight({rows}: Screen): number {
  return Math.max(1, rows - besides)
}

/** From `top` on, but never past the end. */
export function highest(top: number, count: number, height: number): number {
  return Math.max(0, Math.min(top, count - height))
}

/** So many of `count` that `at` is in their middle, as far as there are some on both sides. */
export function around(at: number, count: number, room: number): {readonly from: number; readonly end: number} {
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), count - room))
  return {from, end: Math.min(count, from + room)}
}
