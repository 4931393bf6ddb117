import type {Theme} from './theme.ts'

/** How lines are to look: for a terminal of so many columns, or (undefined) for a pipe or file, where none is cut. */
export interface View {
  readonly theme: Theme
  readonly width: number | undefined
}
