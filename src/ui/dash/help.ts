import {fold} from '../fold.ts'
import type {Body, Room} from './layout.ts'
import {type HelpPlace, pages} from './place.ts'

const general: Readonly<Record<string, string>> = {
  '↑ ↓ or k j': 'one line, one row',
  'PgUp PgDn Home End': 'a page, the beginning, the end',
  Enter: 'more about what is chosen',
  Esc: 'back',
  ':': 'a command: the name of a page, trace FROM TO, help, q',
  '/': 'filter, where there are rows',
  '?': 'this page',
  q: 'quit; Ctrl-C too',
}

/** Every key, by where it means something. */
const groups: readonly {readonly title: string; readonly keys: Readonly<Record<string, string>>}[] = [
  {title: 'Pages', keys: Object.fromEntries(pages.map(({title, name}, at) => [`${at + 1}`, `${title} (:${name})`]))},
  {title: 'Everywhere', keys: general},
  {
    title: 'Topology',
    keys: {
      '← →': 'the Node that is sent to; ↑ ↓ the one that sends',
      Enter: 'why this pair goes as it goes; there t follows a packet, o probes again',
      '!': 'the next pair that is odd',
      Tab: 'IPv4 or IPv6',
    },
  },
  {
    title: 'Lists',
    keys: {
      '/': 'rows with all these words; !word: without it',
      's S': 'sort by the next column, the other way round',
      'w ← →': 'all columns, and which come first',
      f: 'follow: stay at the end, look every second',
      'y Enter': 'the row as YAML',
      t: 'from a Pod: follow a packet',
    },
  },
  {title: 'Trace', keys: {'letters Enter': 'choose who sends and who is to get it', '↑ ↓': 'walk', n: 'another one'}},
  {
    title: 'Mode',
    keys: {
      'Enter n': 'plan the chosen mode; with or without SNAT',
      'p r u': 'pause, resume, undo; a change that somebody else left, too',
    },
  },
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
  const promise = fold('Nothing is changed until a change is confirmed by typing.', width)
  return {lines: [...promise, '', ...lines], top}
}
