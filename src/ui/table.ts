import {fold} from './fold.ts'
import {printable} from './printable.ts'
import {plainTheme, type Theme} from './theme.ts'
import {fit, stringWidth} from './width.ts'

/** One column: its heading, what a row says there, and how it is painted once its width is known. */
export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string | number | undefined
  readonly paint?: (row: Row, theme: Theme) => ((text: string) => string) | undefined
  readonly align?: 'left' | 'right'
  /** Left out where the terminal is too narrow, the highest number first; a column without one stays. */
  readonly spare?: number
  /** Only with -o wide. */
  readonly wide?: boolean
}

export interface TableOptions<Row = never> {
  readonly theme?: Theme
  /** Columns of the terminal; lines are cut to it. Absent (a pipe, a file): never cut. */
  readonly width?: number | undefined
  readonly headers?: boolean
  readonly wide?: boolean
  /** Rows whose widths the columns have, beside those that are drawn. */
  readonly measured?: readonly Row[]
  /** Nodes that did not answer: rows with their reason in place of the other columns. */
  readonly failed?: readonly {readonly node: string; readonly reason: string}[]
}

const gap = '  '

/** Rows → lines under one heading, as wide as their widest cell; an empty cell shows as "-". */
export function tableLines<Row>(
  all: readonly Column<Row>[],
  rows: readonly Row[],
  {theme = plainTheme, width, headers = true, wide = false, failed = [], measured = []}: TableOptions<Row> = {},
): string[] {
  const widthOf = new Map(all.map((column) => [column, columnWidth(column, rows, measured)]))
  const columns = wide
    ? all
    : thatFit(
        all.filter((column) => column.wide !== true),
        widthOf,
        width,
      )
  const cells = rows.map((row) => columns.map((column) => cellText(column.value(row))))
  const widths = columns.map((column) => widthOf.get(column) ?? 0)
  widths[0] = failed.reduce((widest, {node}) => Math.max(widest, stringWidth(printable(node))), widths[0] ?? 0)
  const align = (text: string, at: number) => pad(text, widths[at] ?? 0, columns[at]?.align ?? 'left')
  const heading = columns.map((column, at) => theme.faint(align(column.title, at))).join(gap)
  const body = rows.map((row, line) =>
    columns
      .map((column, at) => {
        const paint = column.paint?.(row, theme) ?? ((text: string) => text)
        return paint(align(cells[line]?.[at] ?? '', at))
      })
      .join(gap),
  )
  const lines = [...(headers ? [heading] : []), ...body].map((line) => fit(line.trimEnd(), wide ? undefined : width))
  const reasons = failed.flatMap(({node, reason}) =>
    fold(align(printable(node), 0) + gap + printable(reason), width).map(theme.bad),
  )
  return [...lines, ...reasons]
}

/** All columns, or as many of the spare ones as there is room for. */
function thatFit<Row>(
  columns: readonly Column<Row>[],
  widthOf: ReadonlyMap<Column<Row>, number>,
  width = Number.POSITIVE_INFINITY,
): readonly Column<Row>[] {
  const needed = columns.reduce((sum, column) => sum + (widthOf.get(column) ?? 0) + gap.length, -gap.length)
  const [most] = columns.filter(({spare}) => spare !== undefined).toSorted((a, b) => (b.spare ?? 0) - (a.spare ?? 0))
  if (needed <= width || most === undefined) return columns
  const left = columns.filter((column) => column !== most)
  return thatFit(left, widthOf, width)
}

function columnWidth<Row>({title, value}: Column<Row>, ...all: readonly (readonly Row[])[]): number {
  const widest = (rows: readonly Row[], least: number) =>
    rows.reduce((most, row) => Math.max(most, stringWidth(cellText(value(row)))), least)
  return all.reduce((most, rows) => widest(rows, most), stringWidth(title))
}

function cellText(value: string | number | undefined): string {
  const text = printable(String(value ?? ''))
  return text === '' ? '-' : text
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return align === 'right' ? space + text : text + space
}
