import {printable} from '../printable.ts'
import type {Theme} from '../theme.ts'
import {fit, stringWidth} from '../width.ts'
import type {FeedName, Facts} from './facts.ts'
import {paceOf} from './facts.ts'
import {ageWords, isStale} from './feed.ts'
import {type Body, bodyHeight, highest} from './layout.ts'
import {pageOf, pages} from './place.ts'
import {isAtHome, placeOf, type State} from './state.ts'
import {bodyOf, mannerOf} from './views.ts'

/** The whole screen, line by line; no line is longer than the screen is wide. */
export function frameOf(state: State, theme: Theme): readonly string[] {
  const {columns, rows} = state.screen
  const height = bodyHeight(state.screen)
  const body = windowed(bodyOf(state, placeOf(state), {theme, width: columns, height}), height)
  const filled = [...body, ...Array.from({length: height - body.length}, () => '')]
  return [titleLine(state, theme), ageLine(state, theme), ...filled, footLine(state, theme)]
    .slice(0, Math.max(1, rows))
    .map((line) => fit(line, columns))
}

/** For a pipe: as high as it must be, without keys. */
export function textOf(state: State, theme: Theme): readonly string[] {
  const {columns} = state.screen
  const {lines} = bodyOf(state, placeOf(state), {theme, width: columns, height: 1_000})
  return [ageLine(state, theme), ...lines].map((line) => fit(line, columns))
}

function windowed({lines, top}: Body, height: number): readonly string[] {
  const from = top === undefined ? 0 : highest(top, lines.length, height)
  return lines.slice(from, from + height)
}

/** Where there is room all pages by number and name, else the others by number alone, else only what is shown. */
function titleLine({screen, ...state}: State, theme: Theme): string {
  const place = placeOf({screen, ...state})
  const chosen = pageOf(place)
  const here = chosen === undefined ? `[${mannerOf(place).title}]` : ''
  const tabs = (named: boolean) =>
    pages.map(({name, title}, at) =>
      name === chosen ? `[${at + 1} ${title}]` : named ? ` ${at + 1} ${title} ` : ` ${at + 1} `,
    )
  const fitting = [tabs(true), tabs(false)].find(
    (words) => stringWidth(`antctl ${words.join('')}${here}`) <= screen.columns,
  )
  const shown = fitting ?? tabs(false).filter((tab) => tab.startsWith('['))
  const painted = shown.map((tab) => (tab.startsWith('[') ? theme.chosen(tab) : theme.faint(tab))).join('')
  return `${theme.heading('antctl')} ${painted}${here === '' ? '' : theme.chosen(here)}`
}

/** How old the oldest of what is shown is, or why it is stale. */
function ageLine(state: State, theme: Theme): string {
  const {facts, now} = state
  const names = mannerOf(placeOf(state)).feeds
  const stale = names.filter((name) => isStaleFeed(facts, name, now))
  const troubled = stale.map((name) => facts[name]).find((feed) => feed?.trouble !== undefined)
  const ages = names.flatMap((name) => facts[name]?.at ?? [])
  const oldest = ages.length === 0 ? undefined : Math.min(...ages)
  const server = printable(facts.health?.value?.server ?? '')
  if (troubled?.trouble !== undefined) {
    const {sentence} = troubled.trouble
    const words = troubled.at === undefined ? 'no data' : `STALE, ${ageWords(troubled.at, now)}`
    return theme.bad(printable(`! ${words}: ${sentence}`))
  }
  if (oldest === undefined) return theme.faint(names.length === 0 ? server : 'asks the cluster …')
  if (stale.length > 0) return theme.bad(`! STALE, ${ageWords(oldest, now)}: no answer since  ${server}`)
  return theme.faint(`${server}  ${ageWords(oldest, now)}`.trimStart())
}

function isStaleFeed(facts: Facts, name: FeedName, now: number): boolean {
  const feed = facts[name]
  return feed !== undefined && isStale(feed, now, paceOf(name, facts))
}

function footLine(state: State, theme: Theme): string {
  const {prompt, note} = state
  if (prompt !== undefined) return `${theme.key(prompt.sign)}${printable(prompt.text)}${theme.chosen(' ')}`
  if (note !== undefined) return theme.warn(`! ${printable(note)}`)
  const {hints, writes} = mannerOf(placeOf(state))
  const back = isAtHome(state) ? [] : ['Esc back']
  // Where one writes these keys are letters.
  const everywhere = writes === true ? ['Ctrl-C quit'] : ['? help', ': command', 'q quit']
  const keys = [...hints, ...back, ...everywhere]
  return theme.faint(keys.join('  '))
}
