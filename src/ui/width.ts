import {stripVTControlCharacters} from 'node:util'

/** Cells of a terminal that the text takes: wide East Asian characters and emoji two, combining marks none. */
export function stringWidth(text: string): number {
  if (plain.test(text)) return text.length
  const bare = stripVTControlCharacters(text)
  if (plain.test(bare)) return bare.length
  let width = 0
  for (const {segment} of segmenter().segment(bare)) width += segmentWidth(segment)
  return width
}

/** Nearly all text is this, our own arrows, dots and lines among it; to segment it costs a hundred times as much. */
const plain = /^[ -~→←↑↓…·●▸✓✗─-╿═▶◀]*$/u

/** The text cut to `width` cells, ending in an ellipsis where something was cut; colours stay. */
export function fit(text: string, width: number | undefined): string {
  if (width === undefined || stringWidth(text) <= width) return text
  if (plain.test(text)) return width < 1 ? '' : `${text.slice(0, width - 1)}…`
  let kept = ''
  let used = 0
  // Odd parts are colours (SGR), which take no room: they all stay, so that whatever was opened is closed.
  for (const [at, part] of text.split(colour).entries()) {
    if (at % 2 === 1) kept += part
    else {
      for (const {segment} of segmenter().segment(part)) {
        const next = used + segmentWidth(segment)
        if (used <= width - 1 && next > width - 1) kept += '…'
        else if (next <= width - 1) kept += segment
        used = next
      }
    }
  }
  return kept
}

/** What a person takes for one character each. */
export function charactersOf(text: string): readonly string[] {
  return Array.from(segmenter().segment(text), ({segment}) => segment)
}

// eslint-disable-next-line no-control-regex -- escape sequences are what this looks for
const colour = /(\u001B\[[\d;]*m)/u

let shared: Intl.Segmenter | undefined
function segmenter(): Intl.Segmenter {
  shared ??= new Intl.Segmenter()
  return shared
}

function segmentWidth(segment: string): number {
  if (/^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u.test(segment)) return 0
  const wide =
    /\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]/u
  return wide.test(segment) ? 2 : 1
}
