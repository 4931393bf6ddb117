import {fold} from '../fold.ts'
import type {Body, Room} from './layout.ts'
import {type HelpPlace, pages} from './place.ts'

const general: Readonly<Record<string, string>> = {
  '↑ ↓ or k j': 'one line, one row',
  'PgUp PgDn Home End': 'a page, the beginning, the end',
  Enter: 'more about what is chosen',
  Esc: 'back',
  ':': 'a command: the name of a page, help, q',
  '/': 'filter, where there are rows',
  '?': 'this page',
  q: 'quit; Ctrl-C too',
}

/** Every key, by where it means something. */
const groups: readonly {readonly title: string; readonly keys: Readonly<Record<string, string>>}[] = [
  {title: 'Pages', keys: Object.fromEntries(pages.map(({title, name}, at) => [`${at + 1}`, `${title} (:${name})`]))},
  {title: 'Everywhere', keys: general},
]

export function helpBody({top}: HelpPlace, {theme, width}: Room): Body {
  const widest = Math.max(...groups.flatMap(({keys}) => Object.keys(keys).map((key) => key.length)))
  const lines = groups.flatMap(({title, keys}) => [
    theme.heading(title),
    ...Object.entries(keys).flatMap(([key, says]) =>
      fold(`  ${key.padEnd(widest)}  ${says}`, width).map((line, at) =>
        at === 0 ? `  ${theme.key(key.padEnd(widest))}${line.slice(2 + widest)}` : line,
      ),
    ),
    '',
  ])
  return {lines: [...lines, ...fold('Nothing is changed until a change is confirmed by typing.', width)], top}
}
