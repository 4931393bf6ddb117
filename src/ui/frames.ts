import {fit} from './width.ts'

export interface Screen {
  readonly columns: number
  readonly rows: number
}

export interface Frames {
  /** The bytes that turn what the terminal shows into this text. */
  next(text: string, screen: Screen): string
}

/** Begin and end of an update that the terminal shows at once (terminals that do not know it ignore it). */
const [begin, end] = ['\u001B[?2026h', '\u001B[?2026l']
const [eraseRest, eraseBelow, clear] = ['\u001B[K', '\u001B[J', '\u001B[H\u001B[2J']

/**
 * One frame over the other without a flicker: the cursor goes up to where the last frame began, each line is written over
 * the old one, and only what is left over is erased. A frame that is higher than the terminal is cut, and says so.
 */
export function openFrames(): Frames {
  let height = 0
  let last: Screen | undefined
  return {
    next: (text, screen) => {
      const lines = fitHeight(text.replace(/\n$/u, '').split('\n'), screen)
      const resized = last !== undefined && (last.columns !== screen.columns || last.rows !== screen.rows)
      // What a terminal does with long lines when it becomes narrower, only it knows: then all begins anew.
      const start = resized ? clear : height === 0 ? '' : `\r\u001B[${height}A`
      height = lines.length
      last = screen
      return `${begin}${start}${lines.map((line) => `${line}${eraseRest}\n`).join('')}${eraseBelow}${end}`
    },
  }
}

function fitHeight(lines: readonly string[], {columns, rows}: Screen): readonly string[] {
  // The last row stays free for the cursor.
  const room = Math.max(1, rows - 1)
  const shown = lines.map((line) => fit(line, columns))
  if (shown.length <= room) return shown
  return [...shown.slice(0, room - 1), fit(`… ${shown.length - room + 1} more lines`, columns)]
}
