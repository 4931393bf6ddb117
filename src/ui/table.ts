import {stripVTControlCharacters} from 'node:util'
import {printable} from './printable.ts'
import {plainTheme, type Theme} from './theme.ts'

/** One column: its heading, what a row says there, and how it is painted once its width is known. */
export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string | number | undefined
  readonly paint?: (row: Row, theme: Theme) => ((text: string) => string) | undefined
  readonly align?: 'left' | 'right'
  /** Left out where the terminal is too narrow, the highest number first; a column without one stays. */
  readonly spare?: number
}

export interface TableOptions {
  readonly theme?: Theme
  /** Columns of the terminal; lines are cut to it. Absent (a pipe, a file): never cut. */
  readonly width?: number | undefined
}

const gap = '  '

/** Rows → lines under one heading, as wide as their widest cell; an empty cell shows as "-". */
export function tableLines<Row>(
  all: readonly Column<Row>[],
  rows: readonly Row[],
  options: TableOptions = {},
): string[] {
  const theme = options.theme ?? plainTheme
  const columns = thatFit(all, rows, options.width)
  const cells = rows.map((row) => columns.map((column) => cellText(column.value(row))))
  const widths = columns.map((column) => columnWidth(column, rows))
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
  return [heading, ...body].map((line) => fit(line.trimEnd(), options.width))
}

/** All columns, or as many of the spare ones as there is room for. */
function thatFit<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width = Number.POSITIVE_INFINITY,
): readonly Column<Row>[] {
  const needed = columns.reduce((sum, column) => sum + columnWidth(column, rows) + gap.length, -gap.length)
  const [most] = columns.filter(({spare}) => spare !== undefined).toSorted((a, b) => (b.spare ?? 0) - (a.spare ?? 0))
  if (needed <= width || most === undefined) return columns
  const left = columns.filter((column) => column !== most)
  return thatFit(left, rows, width)
}

function columnWidth<Row>({title, value}: Column<Row>, rows: readonly Row[]): number {
  return rows.reduce((widest, row) => Math.max(widest, stringWidth(cellText(value(row)))), stringWidth(title))
}

/** Cells of a terminal that the text takes: wide East Asian characters and emoji two, combining marks none. */
export function stringWidth(text: string): number {
  // Nearly all text is this, and segmenting costs a hundred times as much.
  if (/^[ -~]*$/u.test(text)) return text.length
  let width = 0
  for (const {segment} of segmenter().segment(stripVTControlCharacters(text))) width += segmentWidth(segment)
  return width
}

/** The text cut to `width` cells, ending in an ellipsis where something was cut; colours stay. */
export function fit(text: string, width: number | undefined): string {
  if (width === undefined || stringWidth(text) <= width) return text
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

function cellText(value: string | number | undefined): string {
  const text = printable(String(value ?? ''))
  return text === '' ? '-' : text
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return align === 'right' ? space + text : text + space
}
