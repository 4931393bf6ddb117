import type {MessageType} from './messages.ts'
import type {Outgoing} from './outgoing.ts'

/** Messages of one kind that a bundle carries, in order. They are made when their turn comes, not all at once. */
export interface BundlePart {
  readonly type: MessageType
  readonly count: number
  /** Puts message `index` without its header at `at`, and answers where it ends. Throws FLOW_INVALID. */
  write(out: Outgoing, at: number, index: number): number
  /** Message `index` in an operator's words, for who must hear that the switch refused it. */
  describe(index: number): string
}

interface Translation<T> {
  /** Puts an item's message without its header at `at`, and answers where it ends. Throws FLOW_INVALID. */
  write(out: Outgoing, at: number, item: T): number
  describe(item: T): string
}

export function partOf<T>(type: MessageType, items: readonly T[], {write, describe}: Translation<T>): BundlePart {
  const itemAt = (index: number): T => {
    const item = items[index]
    if (item === undefined) throw new RangeError(`no message ${index} of ${items.length}`)
    return item
  }
  return {
    type,
    count: items.length,
    write: (out, at, index) => write(out, at, itemAt(index)),
    describe: (index) => describe(itemAt(index)),
  }
}
