import {stringWidth} from './width.ts'

/**
 * One long line as several of at most `width` cells, broken after a space or comma, the rest indented by four more than
 * its beginning: what a person must read whole is folded, not cut.
 */
export function fold(line: string, width: number | undefined): string[] {
  if (width === undefined || stringWidth(line) <= width) return [line]
  const indent = ' '.repeat(Math.min(line.search(/\S|$/u) + 4, Math.floor(width / 2)))
  const lines: string[] = []
  let current = ''
  for (const word of line.split(/(?<=[ ,])(?=\S)/u)) {
    if (current.trim() !== '' && stringWidth(current) + stringWidth(word.trimEnd()) > width) {
      lines.push(current.trimEnd())
      current = indent
    }
    current += word
  }
  return [...lines, current.trimEnd()]
}
