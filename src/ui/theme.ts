import {Chalk, type ChalkInstance, supportsColor} from 'chalk'

/** What a colour means, never which colour it is: one place decides that. */
export interface Theme {
  readonly heading: (text: string) => string
  readonly faint: (text: string) => string
  readonly good: (text: string) => string
  readonly warn: (text: string) => string
  readonly bad: (text: string) => string
  readonly key: (text: string) => string
}

/** chalk 6 leaves NO_COLOR to us (https://no-color.org): set and not empty means none, whatever the terminal can do. */
export function colourLevel(environment: NodeJS.ProcessEnv, isTerminal: boolean): 0 | 1 | 2 | 3 {
  if ((environment['NO_COLOR'] ?? '') !== '') return 0
  if (environment['FORCE_COLOR'] === '0') return 0
  if ((environment['FORCE_COLOR'] ?? '') !== '') return supportsColor === false ? 1 : supportsColor.level
  if (!isTerminal || environment['TERM'] === 'dumb' || supportsColor === false) return 0
  return supportsColor.level
}

export function themeFor(level: 0 | 1 | 2 | 3): Theme {
  const chalk: ChalkInstance = new Chalk({level})
  return {
    heading: (text) => chalk.bold(text),
    faint: (text) => chalk.dim(text),
    good: (text) => chalk.green(text),
    warn: (text) => chalk.yellow(text),
    bad: (text) => chalk.red(text),
    key: (text) => chalk.cyan(text),
  }
}

export const plainTheme = themeFor(0)
