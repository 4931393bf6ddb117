import {printable} from '../printable.ts'
import {tableLines} from '../table.ts'
import {fit} from '../width.ts'
import {type Key, stepOf, within} from './key.ts'
import {around, type Body, bodyHeight, type Room} from './layout.ts'
import {lists} from './lists.ts'
import {type ListPlace, openTrace} from './place.ts'
import {rowsShown, sortTitles} from './rows-shown.ts'
import type {Sheet, SheetRow} from './sheet.ts'
import {enter, only, put, type State, type Step} from './state.ts'

/** Lines above the rows: what is shown, and the titles. */
const heads = 2
const shownSilent = 2
/** Rows whose widths decide those of all: ten thousand are not measured for each frame. */
const measured = 200

/** Rows of one kind, as many as fit, round the chosen one. */
export function listBody(state: State, place: ListPlace, room: Room): Body {
  const {theme, width, height} = room
  const sheet = sheetIn(state, place)
  if (sheet === undefined) return {lines: [theme.faint(`${lists[place.list].title} are being asked for.`)]}
  const rows = rowsShown(sheet, place)
  const silent = silentLines(sheet, room)
  const at = chosenAt(rows, place)
  const space = Math.max(1, height - heads - silent.length)
  const {from, end} = around(at, rows.length, space)
  const shown = rows.slice(from, end)
  const columns = [...sheet.columns.slice(0, 1), ...sheet.columns.slice(1 + place.left)]
  const table = tableLines(columns, shown, {
    theme,
    width: Math.max(1, width - 2),
    wide: place.wide,
    measured: rows.slice(0, measured),
  })
  const [titles = '', ...lines] = table
  return {
    lines: [
      headLine(sheet, rows, place, room),
      `  ${titles}`,
      ...lines.map((line, index) =>
        marked(fit(line, width - 2), {row: shown[index], isChosen: from + index === at}, room),
      ),
      ...(rows.length === 0 ? [theme.faint(noneWords(sheet, place))] : []),
      ...silent,
    ],
  }
}

function marked(
  line: string,
  {row, isChosen}: {readonly row: SheetRow | undefined; readonly isChosen: boolean},
  {theme}: Room,
): string {
  const mark = row?.stale === true ? '~' : ' '
  if (isChosen) return `${theme.key('▸')}${mark}${theme.chosen(line)}`
  return ` ${mark}${row?.stale === true ? theme.faint(line) : line}`
}

function headLine(sheet: Sheet, rows: readonly SheetRow[], place: ListPlace, {theme}: Room): string {
  const count = rows.length === sheet.rows.length ? String(rows.length) : `${rows.length} of ${sheet.rows.length}`
  const order = place.sort === undefined ? '' : `, by ${place.sort.title} ${place.sort.down ? '▼' : '▲'}`
  const filter = place.filter === '' ? '' : `, with ${JSON.stringify(place.filter)}`
  const more = `${place.wide ? ', wide' : ''}${place.follow ? ', following' : ''}`
  return theme.heading(`${lists[place.list].title}: ${count}`) + theme.faint(printable(`${filter}${order}${more}`))
}

function silentLines({silent}: Sheet, {theme, width}: Room): readonly string[] {
  const rest = silent.length - shownSilent
  return [
    ...silent
      .slice(0, shownSilent)
      .map(({node, reason}) => theme.bad(fit(printable(`! STALE (~): ${node}: ${reason}`), width))),
    ...(rest > 0 ? [theme.bad(`! and ${rest} Nodes more`)] : []),
  ]
}

function noneWords(sheet: Sheet, {list, filter}: ListPlace): string {
  return sheet.rows.length === 0 ? lists[list].none : `Nothing has ${JSON.stringify(filter)} in it.`
}

export function sheetIn({facts}: State, {list}: ListPlace): Sheet | undefined {
  return facts[list]?.value
}

function chosenAt(rows: readonly SheetRow[], {chosen, follow}: ListPlace): number {
  return follow ? rows.length - 1 : within(chosen, rows.length)
}

/** The row that the arrow keys stand on. */
export function chosenRow(state: State, place: ListPlace): SheetRow | undefined {
  const sheet = sheetIn(state, place)
  if (sheet === undefined) return undefined
  const rows = rowsShown(sheet, place)
  return rows[chosenAt(rows, place)]
}

export function listKey(state: State, place: ListPlace, key: Key): Step | undefined {
  const sheet = sheetIn(state, place)
  const to = (next: ListPlace) => only(put(state, next))
  const step = stepOf(key, Math.max(1, bodyHeight(state.screen) - heads))
  if (step !== undefined) {
    const rows = sheet === undefined ? [] : rowsShown(sheet, place)
    return to({...place, follow: false, chosen: within(chosenAt(rows, place) + step, rows.length)})
  }
  if (key.name === 'left' || key.name === 'right') {
    const most = Math.max(0, (sheet?.columns.length ?? 0) - 2)
    return to({...place, left: Math.max(0, Math.min(most, place.left + (key.name === 'left' ? -1 : 1)))})
  }
  if (key.name === 'enter' || key.text === 'y') return shown(state, place)
  switch (key.text) {
    case 't':
      return tracedFrom(state, place)
    case 'w':
      return to({...place, wide: !place.wide})
    case 'f':
      return to({...place, follow: !place.follow})
    case 's':
      return to(sortedByNext(sheet, place))
    case 'S':
      return to(place.sort === undefined ? place : {...place, sort: {...place.sort, down: !place.sort.down}})
    default:
      return undefined
  }
}

function shown(state: State, place: ListPlace): Step {
  const row = chosenRow(state, place)
  if (row === undefined) return only({...state, note: 'there is no row'})
  return only(state, {do: 'show', title: row.name ?? lists[place.list].title, value: row.value})
}

/** Only Pods send. */
function tracedFrom(state: State, place: ListPlace): Step | undefined {
  const name = place.list === 'pods' ? chosenRow(state, place)?.name : undefined
  return name === undefined ? undefined : only(enter(state, openTrace(name)))
}

/** One column after the other that has something in it, then none. */
function sortedByNext(sheet: Sheet | undefined, {sort, ...place}: ListPlace): ListPlace {
  const titles = sheet === undefined ? [] : sortTitles(sheet)
  const next = titles[sort === undefined ? 0 : titles.indexOf(sort.title) + 1]
  return next === undefined ? place : {...place, sort: {title: next, down: false}}
}
