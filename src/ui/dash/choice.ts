import {printable} from '../printable.ts'
import {fit} from '../width.ts'
import {fuzzy} from './fuzzy.ts'
import {type Key, stepOf, within} from './key.ts'
import {around, type Room} from './layout.ts'
import {pasted, written} from './prompt.ts'

/** One name out of many, by some of its letters. */
export interface Choice {
  readonly typed: string
  readonly chosen: number
}

export const noChoice: Choice = {typed: '', chosen: 0}

/** The names that fit what was typed, round the chosen one, under a line that shows it. */
export function choiceLines(
  {typed, chosen}: Choice,
  names: readonly string[],
  {theme, width, height}: Room,
): readonly string[] {
  const at = within(chosen, names.length)
  const {from, end} = around(at, names.length, Math.max(1, height - 1))
  return [
    `${theme.key('> ')}${printable(typed)}${theme.chosen(' ')}`,
    ...names.slice(from, end).map((name, index) => {
      const line = fit(printable(name), Math.max(1, width - 2))
      return from + index === at ? `${theme.key('▸ ')}${theme.chosen(line)}` : `  ${line}`
    }),
    ...(names.length === 0 ? [theme.faint('Nothing is known by that.')] : []),
  ]
}

/** undefined: the key is none of choosing. */
export function choiceAfter(choice: Choice, names: readonly string[], key: Key): Choice | undefined {
  const step = key.name === 'text' ? undefined : stepOf(key, 10)
  if (step !== undefined) return {...choice, chosen: within(choice.chosen + step, names.length)}
  const typed = written(choice.typed, key)
  return typed === undefined ? undefined : {typed, chosen: 0}
}

export function choicePasted({typed}: Choice, text: string): Choice {
  return {typed: pasted(typed, text), chosen: 0}
}

export function chosenName({chosen}: Choice, names: readonly string[]): string | undefined {
  return names[within(chosen, names.length)]
}

/** What was typed itself counts where it may be an address. */
export function fitting(typed: string, names: readonly string[]): readonly string[] {
  const address = /^[0-9a-f:.]*[.:][0-9a-f:.]*$/iu.test(typed) ? [typed] : []
  return [...fuzzy(typed, names), ...address]
}
