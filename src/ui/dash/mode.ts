import {trafficModeNames, trafficModes} from '../../model/traffic-mode.ts'
import {statusLines} from '../change-status.ts'
import {lossWords, progressFrame} from '../change-view.ts'
import {noProgress, withEvent} from '../change-progress.ts'
import {fold} from '../fold.ts'
import {planLines} from '../mode-view.ts'
import {printable} from '../printable.ts'
import {type ChangeSeen, windowsIn} from './facts.ts'
import {type Key, within} from './key.ts'
import {type Body, highest, type Room} from './layout.ts'
import {confirmationOf, wishOf, wishWords} from './mode-wish.ts'
import type {Confirmation, ModePlace} from './place.ts'
import {planPicture} from './plan-picture.ts'
import {pasted, written} from './prompt.ts'
import {only, put, type State, type Step} from './state.ts'

/** Choose, look at the plan, confirm by typing, watch; and a change that stands half-way. */
export function modeBody(state: State, place: ModePlace, room: Room): Body {
  const asked = place.confirm === undefined ? [] : confirmLines(place.confirm, room)
  const lines = linesOf(state, place, room)
  if (asked.length === 0) return {lines, top: place.top}
  // What is to be typed stays in sight, however long the plan is.
  const height = Math.max(1, room.height - asked.length)
  const top = highest(place.top, lines.length, height)
  const shown = lines.slice(top, top + height)
  return {lines: [...shown, ...Array.from({length: height - shown.length}, () => ''), ...asked]}
}

function linesOf(state: State, place: ModePlace, room: Room): readonly string[] {
  const {theme, width} = room
  if (state.driving !== undefined) return drivenLines(state.driving, room)
  switch (place.step) {
    case 'choose':
      return isHalfWay(state.facts.change?.value) ? halfWayLines(state, room) : choiceLines(state, place, room)
    case 'planning':
      return [
        theme.faint(`What ${wishWords(wishOf(state, place))} would change is being worked out; nothing is changed.`),
      ]
    case 'plan':
      return place.plan === undefined ? [] : [...planPicture(place.plan, room), ...planLines(place.plan, room)]
    case 'ended':
      return [...troubleLines(place, room), ...changeLines(state, room), '', theme.key('Enter goes back to the modes')]
    case 'failed':
      return [...troubleLines(place, room), '', ...fold('Esc goes back.', width).map(theme.faint)]
  }
}

function choiceLines(state: State, place: ModePlace, {theme, width}: Room): readonly string[] {
  const {facts} = state
  const wish = wishOf(state, place)
  const modes = facts.health?.value?.report.modes ?? {}
  const rows = trafficModeNames.map((name, at) => {
    const nodes = modes[name]?.length ?? 0
    const now = nodes === 0 ? '' : ` (${nodes} ${nodes === 1 ? 'Node runs' : 'Nodes run'} it)`
    const line = `${name.padEnd(8)}  ${trafficModes[name].summary}${now}`
    return at === wish.at ? `${theme.key('▸ ')}${theme.chosen(line)}` : `  ${line}`
  })
  return [
    theme.heading('Which way are packets between Nodes to travel?'),
    ...rows,
    '',
    `  SNAT to the outside: ${snatWords[place.snat]} ${theme.faint('(n)')}`,
    '',
    ...fold(
      `Enter shows what ${wishWords(wish)} would change. Nothing is changed before it is confirmed by typing.`,
      width,
    ).map(theme.faint),
    ...lastLines(facts.change?.value, {theme, width}),
  ]
}

const snatWords = {
  same: 'as it is',
  on: 'with the address of the Node',
  off: 'with their own addresses (noEncap alone)',
} as const

function lastLines(seen: ChangeSeen | undefined, view: Pick<Room, 'theme' | 'width'>): readonly string[] {
  const change = seen?.status.change
  if (change === undefined) return []
  const undo = change.state === 'done' ? [view.theme.key('u undoes it.')] : []
  return ['', view.theme.heading('The last change'), ...statusLines({change}, view), ...undo]
}

/** Somebody has begun a change, here or elsewhere, and it is not at its end. */
export function isHalfWay(seen: ChangeSeen | undefined): boolean {
  const state = seen?.status.change?.state
  return state === 'running' || state === 'stopped'
}

function halfWayLines(state: State, room: Room): readonly string[] {
  return [...changeLines(state, room), '', room.theme.key('p pauses it   r goes on   u goes back')]
}

/** As the journal has it, and what the probes say now. */
function changeLines({facts}: State, room: Room): readonly string[] {
  const seen = facts.change?.value
  if (seen?.status.change === undefined) return [room.theme.faint('The record of the change is being read.')]
  const {change} = seen.status
  const progress = seen.events.reduce(withEvent, noProgress)
  const last = windowsIn(facts).at(-1)
  const isMoving = change.state === 'running'
  return [
    // What each step counted is in the status below.
    ...(isMoving ? [...progressFrame({...progress, steps: []}, room), ''] : []),
    ...(isMoving && last !== undefined ? fold(`probe now: ${lossWords(last)}`, room.width) : []),
    ...statusLines(seen.status, room),
  ]
}

function drivenLines({progress, doing}: NonNullable<State['driving']>, room: Room): readonly string[] {
  const {theme, width} = room
  return [
    ...(progress.began === undefined ? [] : progressFrame(progress, room, room.height)),
    ...(doing === undefined ? [] : fold(printable(doing), width).map(theme.faint)),
    '',
    theme.key('p pauses it; it can then go on or go back'),
  ]
}

function troubleLines({trouble}: ModePlace, {theme, width}: Room): readonly string[] {
  if (trouble === undefined) return []
  const {sentence, remedy} = trouble
  return [
    ...fold(printable(`✗ ${sentence}`), width).map(theme.bad),
    ...(remedy === undefined ? [] : fold(printable(`  ${remedy}`), width).map(theme.key)),
    '',
  ]
}

function confirmLines({word, says, typed}: Confirmation, {theme, width}: Room): readonly string[] {
  return [
    ...fold(`${says} Type ${word} and Enter; Esc leaves all as it is.`, width).map(theme.warn),
    `${theme.key('> ')}${printable(typed)}${theme.chosen(' ')}`,
  ]
}

export function modeKey(state: State, place: ModePlace, key: Key): Step | undefined {
  if (place.confirm !== undefined) return confirmKey(state, place, place.confirm, key)
  if (state.driving !== undefined) return key.text === 'p' ? only(state, {do: 'pause'}) : undefined
  if (place.step === 'choose' && isHalfWay(state.facts.change?.value)) return halfWayKey(state, place, key)
  if (place.step === 'choose') return choiceKey(state, place, key)
  const isBack = key.name === 'escape' || (place.step === 'ended' && key.name === 'enter')
  if (!isBack) return undefined
  const {plan: _plan, trouble: _trouble, ...kept} = place
  return only(put(state, {...kept, step: 'choose', top: 0}))
}

function choiceKey(state: State, place: ModePlace, key: Key): Step | undefined {
  const to = (next: Partial<ModePlace>) => only(put(state, {...place, ...next}))
  const {at, mode} = wishOf(state, place)
  if (key.name === 'up' || key.name === 'down')
    return to({chosen: within(at + (key.name === 'up' ? -1 : 1), trafficModeNames.length)})
  if (key.text === 'n') return to({snat: nextSnat[place.snat]})
  if (key.text === 'u' && state.facts.change?.value?.status.change?.state === 'done') return undoing(state, place)
  if (key.name !== 'enter') return undefined
  return only(put(state, {...place, step: 'planning', top: 0}), {do: 'plan', mode, snat: place.snat})
}

const nextSnat = {same: 'on', on: 'off', off: 'same'} as const

function halfWayKey(state: State, place: ModePlace, key: Key): Step | undefined {
  const says = 'It goes on from where it stands.'
  if (key.text === 'p') return only({...state, note: 'whoever carries it out is asked to stop'}, {do: 'pause'})
  if (key.text === 'r') return only(put(state, {...place, confirm: {word: 'resume', says, typed: '', how: 'resume'}}))
  return key.text === 'u' ? undoing(state, place) : undefined
}

function undoing(state: State, place: ModePlace): Step {
  const says = 'All Nodes go back to the configuration before, byte for byte.'
  return only(put(state, {...place, confirm: {word: 'undo', says, typed: '', how: 'undo'}}))
}

/** Arrows still move the plan; letters are typed. */
function confirmKey(
  state: State,
  {confirm: _confirm, trouble: _trouble, ...place}: ModePlace,
  confirm: Confirmation,
  key: Key,
): Step | undefined {
  if (key.name === 'escape') return only(put(state, {...place, step: 'choose', top: 0}))
  if (key.name === 'enter') {
    if (confirm.typed.trim() !== confirm.word)
      return only({...state, note: `${JSON.stringify(confirm.typed)} is not ${confirm.word}: nothing was changed`})
    const next = {
      ...put(state, {...place, step: 'ended', top: 0}),
      driving: {progress: noProgress, doing: 'It begins.'},
    }
    return only(next, {do: 'drive', how: confirm.how})
  }
  const typed = written(confirm.typed, key)
  return typed === undefined ? undefined : only(put(state, {...place, confirm: {...confirm, typed}}))
}

export function modePaste(place: ModePlace, text: string): ModePlace | undefined {
  const {confirm} = place
  return confirm && {...place, confirm: {...confirm, typed: pasted(confirm.typed, text)}}
}

/** The plan came: it is shown, and asked about where it may be carried out. */
export function planned(state: State, place: ModePlace, plan: NonNullable<ModePlace['plan']>): State {
  const mayBe = plan.refusals.length === 0 && !plan.done
  return put(state, {...place, step: 'plan', plan, top: 0, ...(mayBe && {confirm: confirmationOf(plan)})})
}
