import {openPage, pageNamed, pages} from './place.ts'
import {enter, jump, only, type State, type Step} from './state.ts'

/** What was written after ":". */
export function obey(state: State, text: string): Step {
  const [word = ''] = text.trim().split(/\s+/u)
  if (word === '') return only(state)
  if (word === 'q' || word === 'quit') return only(state, {do: 'quit'})
  if (word === 'help') return only(enter(state, {view: 'help', top: 0}))
  const name = pageNamed(word)
  if (name !== undefined) return only(jump(state, openPage(name)))
  const known = pages.map((page) => page.name).join(', ')
  return only({...state, note: `:${word} is no command; there are ${known}, help and q`})
}
