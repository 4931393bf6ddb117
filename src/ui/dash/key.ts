/** A key as a person names it; `text` is what it would write. */
export interface Key {
  readonly name: KeyName
  readonly text: string
}

export type KeyName =
  | 'text'
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageUp'
  | 'pageDown'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'tab'
  | 'backspace'
  | 'interrupt'

/** How far a key goes in a list; undefined: it goes nowhere. */
export function stepOf({name, text}: Key, page: number): number | undefined {
  switch (name) {
    case 'up':
      return -1
    case 'down':
      return 1
    case 'pageUp':
      return -page
    case 'pageDown':
      return page
    case 'home':
      return Number.NEGATIVE_INFINITY
    case 'end':
      return Number.POSITIVE_INFINITY
    case 'text':
      return text === 'k' ? -1 : text === 'j' ? 1 : undefined
    case 'left':
    case 'right':
    case 'enter':
    case 'escape':
    case 'tab':
    case 'backspace':
    case 'interrupt':
      return undefined
  }
}

/** Into the range 0 to count - 1, or 0 where there is nothing. */
export function within(at: number, count: number): number {
  return Math.max(0, Math.min(count - 1, at))
}
