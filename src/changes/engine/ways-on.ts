import type {Change, Journal} from '../../model/change.ts'
import {targetWords} from './target-words.ts'

/** The commands that end a change which is half-way, the one that keeps its direction first. */
export function waysOn({plan}: Pick<Change, 'plan'>, {direction}: Pick<Journal, 'direction'>): readonly string[] {
  const [from, to] = [targetWords(plan, 'back'), targetWords(plan, 'forward')]
  return direction === 'forward'
    ? [`antctl set-mode --resume goes on to ${to}`, `antctl set-mode --undo goes back to ${from}`]
    : [`antctl set-mode --resume goes on back to ${from}`, `antctl set-mode --redo goes forward again to ${to}`]
}

/** A Node that can be proven in neither direction ends no change. */
export const withoutNode =
  'antctl set-mode --resume --not-ready skip goes on without the Nodes that are cordoned or not Ready'
