import {Chalk, type ChalkInstance} from 'chalk'

/** What a colour means, never which colour it is: one place decides that. */
export interface Theme {
  readonly heading: (text: string) => string
  readonly faint: (text: string) => string
  readonly good: (text: string) => string
  readonly warn: (text: string) => string
  readonly bad: (text: string) => string
  readonly key: (text: string) => string
  /** What the arrow keys stand on; a mark beside it says so without colours. */
  readonly chosen: (text: string) => string
}

/**
 * chalk 6 leaves NO_COLOR to us (https://no-color.org): set and not empty means none, whatever the terminal can do. The
 * theme uses the sixteen colours alone, which every terminal that is not dumb has.
 */
export function colourLevel(environment: NodeJS.ProcessEnv, isTerminal: boolean): 0 | 1 {
  if ((environment['NO_COLOR'] ?? '') !== '' || environment['FORCE_COLOR'] === '0') return 0
  if ((environment['FORCE_COLOR'] ?? '') !== '') return 1
  return isTerminal && environment['TERM'] !== 'dumb' ? 1 : 0
}

export function themeFor(level: 0 | 1): Theme {
  const chalk: ChalkInstance = new Chalk({level})
  return {
    heading: (text) => chalk.bold(text),
    faint: (text) => chalk.dim(text),
    good: (text) => chalk.green(text),
    warn: (text) => chalk.yellow(text),
    bad: (text) => chalk.red(text),
    key: (text) => chalk.cyan(text),
    chosen: (text) => chalk.inverse(text),
  }
}

export const plainTheme = themeFor(0)
