import type {Screen} from '../frames.ts'
import {type FeedEvent, withNews} from './facts.ts'
import {type Key, stepOf} from './key.ts'
import {bodyHeight} from './layout.ts'
import {obey} from './obey.ts'
import {openPage, pages} from './place.ts'
import {answered, driven} from './outcome.ts'
import {pasted, type Prompt, written} from './prompt.ts'
import type {PairHeld, PairProbed} from './pair-seen.ts'
import type {Walk} from './walk.ts'
import type {AntctlError} from '../../model/errors.ts'
import type {ChangeEvent} from '../../model/change-event.ts'
import type {ModePlan} from '../../changes/set-mode/mode-plan.ts'
import {enter, jump, leave, only, placeOf, put, type State, type Step} from './state.ts'
import {keyIn, pasteIn, scrolled, withFilter} from './views.ts'

interface Ends {
  readonly from: string
  readonly to: string
}

export type DashEvent =
  | {readonly kind: 'key'; readonly key: Key}
  | {readonly kind: 'paste'; readonly text: string}
  | {readonly kind: 'resize'; readonly screen: Screen}
  | {readonly kind: 'tick'; readonly now: number}
  | {readonly kind: 'text'; readonly title: string; readonly text: string}
  | (Ends & {readonly kind: 'traced'; readonly walk: Walk})
  | {readonly kind: 'planned'; readonly plan: ModePlan}
  | (Ends & {readonly kind: 'held'; readonly held: PairHeld})
  | (Ends & {readonly kind: 'probed'; readonly probed: PairProbed})
  /** What was asked for by hand came to nothing. */
  | {readonly kind: 'refused'; readonly of: 'trace' | 'mode' | 'pair'; readonly error: AntctlError}
  | {readonly kind: 'change'; readonly event: ChangeEvent}
  | {readonly kind: 'doing'; readonly words: string}
  | {readonly kind: 'driven'; readonly error?: AntctlError}
  | FeedEvent

/** What there is to see, and to do, after something has happened. Nothing else changes the state. */
export function update(state: State, event: DashEvent): Step {
  switch (event.kind) {
    case 'key':
      return press(withoutNote(state), event.key)
    case 'paste':
      return only(paste(withoutNote(state), event.text))
    case 'resize':
      return only({...state, screen: event.screen})
    case 'tick':
      return only({...state, now: event.now})
    case 'text':
      return only(enter(state, {view: 'text', title: event.title, lines: event.text.trimEnd().split('\n'), top: 0}))
    case 'traced':
    case 'planned':
    case 'held':
    case 'probed':
    case 'refused':
      return only(answered(state, event))
    case 'change':
    case 'doing':
    case 'driven':
      return only(driven(state, event))
    case 'arrived':
    case 'failed':
      return only({...state, now: Math.max(state.now, event.at), facts: withNews(state.facts, event)})
  }
}

function withoutNote({note: _note, ...state}: State): State {
  return state
}

function press(state: State, key: Key): Step {
  if (key.name === 'interrupt') return quit(state)
  if (state.prompt !== undefined) return writing(state, state.prompt, key)
  return keyIn(state, placeOf(state), key) ?? anywhere(state, key)
}

/** Keys that do the same wherever one is. */
function anywhere(state: State, key: Key): Step {
  if (key.name === 'escape') return only(leave(state))
  const step = stepOf(key, bodyHeight(state.screen))
  if (step !== undefined) return only(put(state, scrolled(state, placeOf(state), step)))
  const page = key.name === 'text' ? pages[Number(key.text) - 1] : undefined
  if (page !== undefined) return only(jump(state, openPage(page.name)))
  switch (key.text) {
    case 'q':
      return quit(state)
    case '?':
      return only(enter(state, {view: 'help', top: 0}))
    case ':':
      return only({...state, prompt: {sign: ':', text: ''}})
    case '/': {
      const place = placeOf(state)
      return only(
        'filter' in place
          ? {...state, prompt: {sign: '/', text: place.filter}}
          : {...state, note: 'there is nothing to filter here'},
      )
    }
    default:
      return only(state)
  }
}

/** A change stops in order before one leaves: that is asked for twice. */
function quit(state: State): Step {
  if (state.driving === undefined || state.leaving) return only(state, {do: 'quit'})
  const note = 'a change is carried out here: q again pauses it and leaves; antctl set-mode --resume goes on'
  return only({...state, leaving: true, note})
}

/** A filter works while it is written; Esc takes it back. */
function writing(state: State, prompt: Prompt, key: Key): Step {
  const {prompt: _prompt, ...closed} = state
  if (key.name === 'escape') return only(prompt.sign === '/' ? filtered(closed, '') : closed)
  if (key.name === 'enter') return prompt.sign === ':' ? obey(closed, prompt.text) : only(closed)
  const text = written(prompt.text, key)
  return only(text === undefined ? state : rewritten(state, prompt, text))
}

function rewritten(state: State, prompt: Prompt, text: string): State {
  const next = {...state, prompt: {...prompt, text}}
  return prompt.sign === '/' ? filtered(next, text) : next
}

function filtered(state: State, text: string): State {
  return put(state, withFilter(state, placeOf(state), text))
}

function paste(state: State, text: string): State {
  const {prompt} = state
  if (prompt !== undefined) return rewritten(state, prompt, pasted(prompt.text, text))
  const place = pasteIn(placeOf(state), text)
  return place === undefined
    ? {...state, note: 'nothing is written here: what was pasted is left out'}
    : put(state, place)
}
