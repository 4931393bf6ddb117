import {stringWidth} from './width.ts'

/**
 * One long line as several of at most `width` cells, broken after a space or comma, the rest indented by four more than
 * its beginning: what a person must read whole is folded, not cut.
 */
export function fold(line: string, width: number | undefined): string[] {
  if (width === undefined || stringWidth(line) <= width) return [line]
  const indent = ' '.repeat(Math.min(line.search(/\S|$/u) + 4, Math.floor(width / 2)))
  const lines: string[] = []
  let [current, used] = ['', 0]
  for (const word of line.split(/(?<=[ ,])(?=\S)/u)) {
    const bare = word.trimEnd()
    const needed = stringWidth(bare)
    if (used + needed > width && current.trim() !== '') {
      lines.push(current.trimEnd())
      current = indent
      used = indent.length
    }
    current += word
    used += needed + word.length - bare.length
  }
  return [...lines, current.trimEnd()]
}
