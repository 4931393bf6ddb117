import {openPage, openTrace, pageNamed, pages} from './place.ts'
import {traceBetween} from './trace.ts'
import {enter, jump, only, type State, type Step} from './state.ts'

/** What was written after ":". */
export function obey(state: State, text: string): Step {
  const [word = '', first, second] = text.trim().split(/\s+/u)
  if (word === '') return only(state)
  if (word === 'q' || word === 'quit') return only(state, {do: 'quit'})
  if (word === 'help') return only(enter(state, {view: 'help', top: 0}))
  if (word === 'trace' && first !== undefined)
    return second === undefined ? only(enter(state, openTrace(first))) : traceBetween(state, first, second)
  const name = pageNamed(word)
  if (name !== undefined) return only(jump(state, openPage(name)))
  const known = pages.map((page) => page.name).join(', ')
  return only({...state, note: `:${word} is no command; there are ${known}, help and q`})
}
