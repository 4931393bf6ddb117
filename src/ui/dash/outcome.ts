import {noProgress, withEvent} from '../change-progress.ts'
import {troubleOf} from './feed.ts'
import type {Place} from './place.ts'
import {planned} from './mode.ts'
import {placeOf, put, type State} from './state.ts'
import type {DashEvent} from './update.ts'

type Answer = Extract<DashEvent, {readonly kind: 'traced' | 'planned' | 'held' | 'probed' | 'refused'}>
type Driven = Extract<DashEvent, {readonly kind: 'change' | 'doing' | 'driven'}>

/** Whoever went elsewhere meanwhile does not wait any more. */
export function answered(state: State, event: Answer): State {
  const place = placeOf(state)
  switch (event.kind) {
    case 'traced':
      if (place.view !== 'trace' || place.step !== 'asking' || place.from !== event.from || place.to !== event.to)
        return state
      return put(state, {...place, step: 'walk', walk: event.walk, chosen: 0})
    case 'planned':
      return place.view === 'mode' && place.step === 'planning' ? planned(state, place, event.plan) : state
    case 'held':
    case 'probed':
      return looked(state, place, event)
    case 'refused':
      return refused(state, place, event)
  }
}

function looked(state: State, place: Place, event: Extract<Answer, {readonly kind: 'held' | 'probed'}>): State {
  if (place.view !== 'pair' || place.from !== event.from || place.to !== event.to) return state
  return event.kind === 'held'
    ? put(state, {...place, held: event.held})
    : put(state, {...place, probed: event.probed, asks: false})
}

function refused(state: State, place: Place, {of, error}: Extract<Answer, {readonly kind: 'refused'}>): State {
  const trouble = troubleOf(error)
  if (of === 'trace' && place.view === 'trace' && place.step === 'asking')
    return put(state, {...place, step: 'failed', trouble})
  if (of === 'mode' && place.view === 'mode' && place.step === 'planning')
    return put(state, {...place, step: 'failed', trouble})
  if (of === 'pair' && place.view === 'pair') return put(state, {...place, asks: false, trouble})
  return state
}

/** What the driver of a change tells, wherever one looks meanwhile. */
export function driven(state: State, event: Driven): State {
  switch (event.kind) {
    case 'change':
      return {...state, driving: {progress: withEvent(state.driving?.progress ?? noProgress, event.event)}}
    case 'doing':
      return {...state, driving: {progress: state.driving?.progress ?? noProgress, doing: event.words}}
    case 'driven': {
      const {driving: _driving, leaving: _leaving, ...rest} = state
      if (event.error === undefined) return rest
      const {places} = rest
      const trouble = troubleOf(event.error)
      const [first, ...others] = places.map((place) => (place.view === 'mode' ? {...place, trouble} : place))
      return {...rest, places: [first ?? places[0], ...others], note: trouble.sentence}
    }
  }
}
