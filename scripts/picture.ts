import {stripVTControlCharacters, styleText} from 'node:util'

/** One look of a cell: an SGR colour (30-37, 90-97) and whether it is bold, dim or inverse. Source: ECMA-48 §8.3.117. */
interface Look {
  readonly colour?: number
  readonly bold: boolean
  readonly dim: boolean
  readonly inverse: boolean
}

const plain: Look = {bold: false, dim: false, inverse: false}
const palette: Readonly<Record<number, string>> = {
  30: '#484f58',
  31: '#ff7b72',
  32: '#3fb950',
  33: '#d29922',
  34: '#58a6ff',
  35: '#bc8cff',
  36: '#39c5cf',
  37: '#e6edf3',
  90: '#8b949e',
  91: '#ffa198',
  92: '#56d364',
  93: '#e3b341',
  94: '#79c0ff',
  95: '#d2a8ff',
  96: '#56d4dd',
  97: '#ffffff',
}
const cell = {width: 8.4, height: 19}
const margin = 16
const styling = new RegExp(String.raw`(${String.fromCodePoint(27)}\[[0-9;]*m)`, 'u')

/** Terminal text with colours → one SVG picture, as it looks on a dark terminal. */
export function terminalPicture(text: string, title: string): string {
  const lines = text.trimEnd().split('\n')
  const columns = Math.max(80, ...lines.map((line) => stripVTControlCharacters(line).length))
  const width = Math.ceil(columns * cell.width + 2 * margin)
  const height = lines.length * cell.height + 2 * margin + 24
  const rows = lines.map((line, row) => `<text x="${margin}" y="${48 + row * cell.height}">${spans(line)}</text>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<circle cx="18" cy="16" r="5" fill="#ff5f56"/><circle cx="36" cy="16" r="5" fill="#ffbd2e"/><circle cx="54" cy="16" r="5" fill="#27c93f"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3" xml:space="preserve">
${rows.join('\n')}
</g>
</svg>
`
}

function spans(line: string): string {
  let look = plain
  return line
    .split(styling)
    .map((part) => {
      if (!styling.test(part)) return part === '' ? '' : `<tspan${attributes(look)}>${escape(part)}</tspan>`
      const codes = part.slice(2, -1)
      look = codes.split(';').map(Number).reduce(restyle, look)
      return ''
    })
    .join('')
}

function restyle(look: Look, code: number): Look {
  if (code === 0) return plain
  if (code === 1) return {...look, bold: true}
  if (code === 2) return {...look, dim: true}
  if (code === 7 || code === 27) return {...look, inverse: code === 7}
  if (code === 22) return {...look, bold: false, dim: false}
  if (code === 39) return {bold: look.bold, dim: look.dim, inverse: look.inverse}
  return Object.hasOwn(palette, code) ? {...look, colour: code} : look
}

/** A picture has no cells to fill: what is inverse is underlined, too. */
function attributes({colour, bold, dim, inverse}: Look): string {
  const fill = inverse
    ? ' fill="#ffffff" text-decoration="underline"'
    : colour === undefined
      ? ''
      : ` fill="${palette[colour]}"`
  return `${fill}${bold ? ' font-weight="bold"' : ''}${dim ? ' opacity="0.65"' : ''}`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** The prompt line above a command's output. */
export function promptLine(command: string): string {
  return `${styleText('green', '$', {validateStream: false})} ${styleText('bold', command, {validateStream: false})}`
}
