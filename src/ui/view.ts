import type {Theme} from './theme.ts'

/** How lines are to look: for a terminal of so many columns, or (undefined) for a pipe or file, where none is cut. */
export interface View {
  readonly theme: Theme
  readonly width: number | undefined
  /** false: without the line of titles. */
  readonly headers?: boolean
  /** All columns, however narrow the terminal is. */
  readonly wide?: boolean
}
