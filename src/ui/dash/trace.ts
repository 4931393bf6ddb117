import {traceVerdicts, type TraceWay} from '../../model/trace.ts'
import {fold} from '../fold.ts'
import {printable} from '../printable.ts'
import {describeShort} from '../trace-picture.ts'
import {fit, stringWidth} from '../width.ts'
import {boxLines} from './box.ts'
import {choiceAfter, choiceLines, choicePasted, chosenName, fitting, noChoice} from './choice.ts'
import {type Key, stepOf, within} from './key.ts'
import {around, type Body, bodyHeight, type Room} from './layout.ts'
import {openTrace, type TracePlace, waitingTrace} from './place.ts'
import {enter, leave, only, put, type State, type Step} from './state.ts'
import {type Station, stationsOf} from './trace-stations.ts'

/** A box, and the arrow below it. */
const boxHeight = 4
const widestBox = 60
/** Below it what matched stands under the boxes, not beside them. */
const beside = 110

export function traceBody(state: State, place: TracePlace, room: Room): Body {
  const {theme, width} = room
  switch (place.step) {
    case 'from':
    case 'to':
      return choiceBody(state, place, room)
    case 'asking':
      return {lines: [theme.heading(wordsOf(place)), theme.faint('Every Node on the way is being asked.')]}
    case 'failed': {
      const {sentence, remedy} = place.trouble ?? {sentence: 'nobody answered'}
      return {
        lines: [
          theme.heading(wordsOf(place)),
          ...fold(printable(sentence), width).map(theme.bad),
          ...(remedy === undefined ? [] : fold(printable(`  ${remedy}`), width).map(theme.key)),
        ],
      }
    }
    case 'walk':
      return walkBody(place, room)
  }
}

function wordsOf({from = '', to = ''}: TracePlace): string {
  return printable(`${from} → ${to}`)
}

/** Who sends, and who is to get it: by some of their letters. */
function choiceBody(state: State, place: TracePlace, room: Room): Body {
  const {theme, height} = room
  const question = place.step === 'from' ? 'Who sends?' : `${printable(place.from ?? '')} sends; who is to get it?`
  const head = `${theme.heading(question)} ${theme.faint('A Pod, a Node, an address: some letters of it.')}`
  return {lines: [head, ...choiceLines(place, candidates(state, place), {...room, height: height - 2})]}
}

/** Pods, then Nodes. */
function candidates({facts}: State, {typed}: TracePlace): readonly string[] {
  const pods = (facts.pods?.value?.rows ?? []).flatMap(({name}) => name ?? [])
  const nodes = (facts.health?.value?.infos ?? []).flatMap(({nodeRef}) => nodeRef.name ?? [])
  return fitting(typed, [...pods, ...nodes])
}

function walkBody(place: TracePlace, room: Room): Body {
  const {theme, width, height} = room
  const way = wayOf(place)
  if (place.walk === undefined || way === undefined) return {lines: [theme.faint('There is no way to show.')]}
  const stations = stationsOf(place.walk, way)
  const at = within(place.chosen, stations.length)
  const chosen = stations[at]
  const head = headLines(place, way, room)
  const isBeside = width >= beside
  const detail =
    chosen === undefined ? [] : detailLines(chosen, {...room, width: isBeside ? width - widestBox - 3 : width})
  const below = isBeside ? [] : detail.slice(0, Math.max(3, Math.floor(height / 3)))
  const space = Math.max(boxHeight, height - head.length - below.length)
  const {from, end} = around(at, stations.length, Math.max(1, Math.floor((space + 1) / boxHeight)))
  const boxes = stations
    .slice(from, end)
    .flatMap((station, index) =>
      stationLines(station, {isChosen: from + index === at, next: stations[from + index + 1]}, room),
    )
  const lines = isBeside ? sideBySide(boxes.slice(0, space), detail) : [...boxes.slice(0, space), ...below]
  return {lines: [...head, ...lines]}
}

function headLines({walk, way: index}: TracePlace, way: TraceWay, {theme, width}: Room): readonly string[] {
  const {arrives, says} = traceVerdicts[way.verdict]
  const paint = arrives === true ? theme.good : arrives === false ? theme.bad : theme.warn
  const mark = arrives === true ? '✓' : arrives === false ? '✗' : '?'
  const source = walk === undefined ? '' : describeShort(walk.trace.source)
  const several = (walk?.trace.ways.length ?? 1) > 1 ? ` (${index + 1} of ${walk?.trace.ways.length ?? 1}, Tab)` : ''
  return [
    theme.heading(`${source} → ${describeShort(way.destination)}${several}`),
    paint(fit(printable(`${mark} ${way.verdict}: ${says}`), width)),
  ]
}

function stationLines(
  {title, says, decides}: Station,
  {isChosen, next}: {readonly isChosen: boolean; readonly next: Station | undefined},
  {theme, width}: Room,
): readonly string[] {
  const size = Math.min(widestBox, width - 2)
  const mark = isChosen ? '▸ ' : '  '
  const heading = printable(`${decides ? '◆ ' : ''}${title}`)
  const paint = isChosen ? theme.chosen : decides ? theme.key : (text: string) => text
  const boxed = boxLines(heading, [printable(says)], size).map(
    (line, at) => `${at === 1 ? theme.key(mark) : '  '}${paint(line)}`,
  )
  if (next === undefined) return boxed
  const indent = ' '.repeat(2 + Math.floor(size / 2))
  return [...boxed, next.way === 'there' ? `${indent}▼` : `${indent}▽ ${theme.faint('the answer')}`]
}

function detailLines({title, says, detail, way}: Station, {theme, width}: Room): readonly string[] {
  return [
    theme.heading(printable(title)) + theme.faint(way === 'back' ? '  on the way back' : ''),
    ...[says, ...detail].flatMap((line) => fold(`  ${printable(line)}`, width)),
  ]
}

function sideBySide(left: readonly string[], right: readonly string[]): readonly string[] {
  const height = Math.max(left.length, right.length)
  return Array.from({length: height}, (_, at) => {
    const line = left[at] ?? ''
    return `${line}${' '.repeat(Math.max(0, widestBox + 3 - stringWidth(line)))}${right[at] ?? ''}`
  })
}

function wayOf({walk, way}: TracePlace): TraceWay | undefined {
  return walk?.trace.ways[way]
}

/** Ends are chosen by writing; then the arrows walk. */
export function traceKey(state: State, place: TracePlace, key: Key): Step | undefined {
  const to = (next: Partial<TracePlace>) => only(put(state, {...place, ...next}))
  if (place.step === 'from' || place.step === 'to') return choiceKey(state, place, key)
  if (key.text === 'n') return only(put(state, openTrace()))
  if (place.step !== 'walk' || place.walk === undefined) return undefined
  if (key.name === 'tab') return to({way: (place.way + 1) % place.walk.trace.ways.length, chosen: 0})
  const way = wayOf(place)
  const step = stepOf(key, Math.max(1, Math.floor(bodyHeight(state.screen) / boxHeight)))
  if (step === undefined || way === undefined) return undefined
  return to({chosen: within(place.chosen + step, stationsOf(place.walk, way).length)})
}

function choiceKey(state: State, place: TracePlace, key: Key): Step {
  const to = (next: Partial<TracePlace>) => only(put(state, {...place, ...next}))
  const names = candidates(state, place)
  if (key.name === 'escape') {
    if (place.typed !== '') return to(noChoice)
    return only(place.step === 'to' ? put(state, openTrace()) : leave(state))
  }
  if (key.name === 'enter') {
    const name = chosenName(place, names)
    return name === undefined ? only({...state, note: 'nobody is chosen'}) : chosen(state, place, name)
  }
  return to(choiceAfter(place, names, key) ?? {})
}

function chosen(state: State, place: TracePlace, name: string): Step {
  if (place.step === 'from') return only(put(state, {...place, step: 'to', from: name, typed: '', chosen: 0}))
  const from = place.from ?? ''
  return only(put(state, waitingTrace(from, name)), {do: 'trace', from, to: name})
}

/** A trace between two that are known already. */
export function traceBetween(state: State, from: string, to: string): Step {
  return only(enter(state, waitingTrace(from, to)), {do: 'trace', from, to})
}

/** undefined: nothing is written now. */
export function tracePaste(place: TracePlace, text: string): TracePlace | undefined {
  if (place.step !== 'from' && place.step !== 'to') return undefined
  return {...place, ...choicePasted(place, text)}
}
