import {fold} from '../fold.ts'
import type {Body, Room} from './layout.ts'
import {type HelpPlace, pages} from './place.ts'

export interface KeyGroup {
  readonly title: string
  /** Keys that belong together; what is no sign is named. */
  readonly rows: readonly {readonly keys: readonly string[]; readonly says: string}[]
}

/** Every key, by where it means something; the tests in the lab press each. */
export const keyGroups: readonly KeyGroup[] = [
  {title: 'Pages', rows: pages.map(({title, name}, at) => ({keys: [`${at + 1}`], says: `${title} (:${name})`}))},
  {
    title: 'Everywhere',
    rows: [
      {keys: ['↑', '↓', 'k', 'j'], says: 'one line, one row'},
      {keys: ['PgUp', 'PgDn', 'Home', 'End'], says: 'a page, the beginning, the end'},
      {keys: ['Enter'], says: 'more about what is chosen'},
      {keys: ['Esc'], says: 'back'},
      {keys: [':'], says: 'a command: the name of a page, trace FROM TO, help, q'},
      {keys: ['/'], says: 'filter, where there are rows'},
      {keys: ['?'], says: 'this page'},
      {keys: ['q', 'Ctrl-C'], says: 'quit'},
    ],
  },
  {
    title: 'Topology',
    rows: [
      {keys: ['↑', '↓'], says: 'the Node that sends'},
      {keys: ['←', '→'], says: 'the Node that is sent to'},
      {keys: ['Enter'], says: 'why this pair goes as it goes'},
      {keys: ['!'], says: 'the next pair that is odd'},
      {keys: ['/'], says: 'the Node that sends, by a part of its name'},
      {keys: ['Tab'], says: 'IPv4 or IPv6'},
    ],
  },
  {
    title: 'Pair',
    rows: [
      {keys: ['t'], says: 'follow a packet from one to the other'},
      {keys: ['o'], says: 'have the two agents probe again'},
    ],
  },
  {
    title: 'Lists',
    rows: [
      {keys: ['/'], says: 'rows with all these words; !word: without it'},
      {keys: ['s', 'S'], says: 'sort by the next column, the other way round'},
      {keys: ['w', '←', '→'], says: 'all columns, and which come first'},
      {keys: ['f'], says: 'follow: stay at the end, look every second'},
      {keys: ['y', 'Enter'], says: 'the row as YAML'},
      {keys: ['t'], says: 'from a Pod: follow a packet'},
    ],
  },
  {
    title: 'Trace',
    rows: [
      {keys: ['letters', 'Enter'], says: 'choose who sends and who is to get it'},
      {keys: ['↑', '↓'], says: 'walk'},
      {keys: ['Tab'], says: 'the next destination of a Service'},
      {keys: ['n'], says: 'another one'},
    ],
  },
  {
    title: 'Mode',
    rows: [
      {keys: ['↑', '↓'], says: 'choose a mode'},
      {keys: ['n'], says: 'with SNAT, without it, or as it is; it may change alone'},
      {keys: ['Enter'], says: 'plan it'},
      {keys: ['p', 'r', 'u'], says: 'pause, resume, undo; a change that somebody else left, too'},
    ],
  },
]

export function helpBody({top}: HelpPlace, {theme, width}: Room): Body {
  const widest = Math.max(...keyGroups.flatMap(({rows}) => rows.map(({keys}) => keys.join(' ').length)))
  const lines = keyGroups.flatMap(({title, rows}) => [
    theme.heading(title),
    ...rows.flatMap(({keys, says}) => {
      const key = keys.join(' ').padEnd(widest)
      return fold(`  ${key}  ${says}`, width).map((line, at) =>
        at === 0 ? `  ${theme.key(key)}${line.slice(2 + widest)}` : line,
      )
    }),
    '',
  ])
  const promise = fold('Nothing is changed until a change is confirmed by typing.', width)
  return {lines: [...promise, '', ...lines], top}
}
