import {plainTheme} from '../theme.ts'
import type {FeedName} from './facts.ts'
import {helpBody} from './help.ts'
import type {Key} from './key.ts'
import {type Body, bodyHeight, highest, type Room} from './layout.ts'
import {modeBody, modeKey, modePaste} from './mode.ts'
import {overviewBody} from './overview.ts'
import {pairBody, pairKey} from './pair.ts'
import {listBody, listKey} from './list.ts'
import {lists} from './lists.ts'
import type {ModePlace, Place, TracePlace} from './place.ts'
import {textBody} from './text.ts'
import type {State, Step} from './state.ts'
import {traceBody, traceKey, tracePaste} from './trace.ts'
import {topologyBody, topologyFilter, topologyKey} from './topology.ts'

/** What each place shows, is called, asks for and does with a key. */
export function bodyOf(state: State, place: Place, room: Room): Body {
  switch (place.view) {
    case 'overview':
      return overviewBody(state, place, room)
    case 'topology':
      return topologyBody(state, place, room)
    case 'pair':
      return pairBody(state, place, room)
    case 'list':
      return listBody(state, place, room)
    case 'text':
      return textBody(place, room)
    case 'trace':
      return traceBody(state, place, room)
    case 'mode':
      return modeBody(state, place, room)
    case 'help':
      return helpBody(place, room)
  }
}

interface Manner {
  readonly title: string
  readonly feeds: readonly FeedName[]
  /** Keys of this place, for the line below it. */
  readonly hints: readonly string[]
  /** Letters are written here. */
  readonly writes?: boolean
}

const scroll = ['↑↓ scroll']

export function mannerOf(place: Place): Manner {
  switch (place.view) {
    case 'overview':
      return {title: 'Overview', feeds: ['health', 'probe', 'change'], hints: scroll}
    case 'topology':
      return {
        title: 'Topology',
        feeds: ['paths', 'health'],
        hints: ['↑↓←→ choose', 'Enter why', '! next odd', '/ Node'],
      }
    case 'pair':
      return {title: 'Pair', feeds: ['paths', 'probe'], hints: [...scroll, 't trace', 'o probe']}
    case 'list':
      return {
        title: lists[place.list].title,
        feeds: [place.list],
        hints: ['/ filter', 's S sort', 'w wide', 'f follow', 'y YAML', '←→'],
      }
    case 'trace':
      return {title: 'Trace', feeds: ['pods', 'health'], ...traceManner(place)}
    case 'mode':
      return {title: 'Mode', feeds: ['change', 'health', 'probe'], ...modeManner(place)}
    case 'text':
      return {title: 'YAML', feeds: [], hints: scroll}
    case 'help':
      return {title: 'Help', feeds: [], hints: scroll}
  }
}

function traceManner({step}: TracePlace): Pick<Manner, 'hints' | 'writes'> {
  if (step === 'from' || step === 'to') return {hints: ['type some letters', '↑↓ choose', 'Enter'], writes: true}
  return {hints: ['↑↓ walk', 'n another']}
}

function modeManner({confirm}: ModePlace): Pick<Manner, 'hints' | 'writes'> {
  if (confirm === undefined) return {hints: ['↑↓ choose', 'Enter', 'n SNAT']}
  return {hints: ['type the word', 'Enter'], writes: true}
}

/** undefined: the key means nothing of its own here. */
export function keyIn(state: State, place: Place, key: Key): Step | undefined {
  switch (place.view) {
    case 'topology':
      return topologyKey(state, place, key)
    case 'list':
      return listKey(state, place, key)
    case 'pair':
      return pairKey(state, place, key)
    case 'trace':
      return traceKey(state, place, key)
    case 'mode':
      return modeKey(state, place, key)
    case 'overview':
    case 'text':
    case 'help':
      return undefined
  }
}

/** undefined: nothing is written here. */
export function pasteIn(place: Place, text: string): Place | undefined {
  if (place.view === 'trace') return tracePaste(place, text)
  return place.view === 'mode' ? modePaste(place, text) : undefined
}

export function withFilter(state: State, place: Place, filter: string): Place {
  if (place.view === 'topology') return topologyFilter(state, place, filter)
  return place.view === 'list' ? {...place, filter, chosen: 0} : place
}

/** A page that is longer than the screen. */
export function scrolled(state: State, place: Place, step: number): Place {
  if (!('top' in place)) return place
  const height = bodyHeight(state.screen)
  const {lines} = bodyOf(state, place, {theme: plainTheme, width: state.screen.columns, height})
  const from = highest(place.top, lines.length, height)
  return {...place, top: highest(Math.max(0, from + step), lines.length, height)}
}
