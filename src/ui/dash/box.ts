import {fit, stringWidth} from '../width.ts'

/** A box round lines that may hold colours, its title in the upper edge. */
export function boxLines(title: string, lines: readonly string[], width: number): string[] {
  const inner = Math.max(1, width - 2)
  const name = fit(title, Math.max(1, inner - 3))
  const edge = name === '' ? '' : `─ ${name} `
  return [
    `┌${edge}${'─'.repeat(Math.max(0, inner - stringWidth(edge)))}┐`,
    ...lines.map((line) => {
      const cut = fit(` ${line}`, inner)
      return `│${cut}${' '.repeat(Math.max(0, inner - stringWidth(cut)))}│`
    }),
    `└${'─'.repeat(inner)}┘`,
  ]
}

/** Boxes beside each other as far as the width goes, then below; those of one row are equally high. */
export function boxRows(
  boxes: readonly {readonly title: string; readonly lines: readonly string[]}[],
  {width, most}: {readonly width: number; readonly most: number},
): string[] {
  const wanted = Math.max(
    0,
    ...boxes.flatMap(({title, lines}) => [stringWidth(title) + 6, ...lines.map((line) => stringWidth(line) + 4)]),
  )
  const each = Math.min(Math.max(20, wanted), most, width)
  const perRow = Math.max(1, Math.floor((width + 1) / (each + 1)))
  const rows = Array.from({length: Math.ceil(boxes.length / perRow)}, (_, at) =>
    boxes.slice(at * perRow, (at + 1) * perRow),
  )
  return rows.flatMap((row) => {
    const height = Math.max(...row.map(({lines}) => lines.length))
    const drawn = row.map(({title, lines}) =>
      boxLines(title, [...lines, ...Array.from({length: height - lines.length}, () => '')], each),
    )
    return (drawn[0] ?? []).map((_, line) => drawn.map((box) => box[line] ?? '').join(' '))
  })
}
