/**
 * The YAML that kubectl itself writes, read in a tenth of the time that the parser of all YAML takes to start: block
 * mappings, lists and scalars of one line. undefined: it has something else in it, and the whole parser must say what it means.
 */
export function readPlainYaml(source: string): unknown {
  const lines: Line[] = []
  for (const text of source.split('\n')) {
    if (/^ *(?:#.*)?$/u.test(text)) continue
    if (!/^ *[\w"-][ -~]*$/u.test(text)) return undefined
    const words = text.trimStart()
    if (text.length - words.length > deepest) return undefined
    lines.push({indent: text.length - words.length, words: words.trimEnd()})
  }
  const reader = {lines, at: 0}
  const value = readBlock(reader, 0)
  return lines.length > 0 && reader.at === lines.length ? value : undefined
}

/** Spaces: each costs a call within a call. */
const deepest = 100

interface Line {
  readonly indent: number
  readonly words: string
}

interface Reader {
  readonly lines: Line[]
  at: number
}

/** Ends where it does not understand a line, so that the rest is left over. */
function readBlock(reader: Reader, indent: number): unknown {
  return isItem(reader.lines[reader.at], indent) ? readList(reader, indent) : readMapping(reader, indent)
}

function isItem(line: Line | undefined, indent: number): boolean {
  return line !== undefined && line.indent === indent && line.words.startsWith('- ')
}

function readList(reader: Reader, indent: number): unknown {
  const items: unknown[] = []
  for (let line = reader.lines[reader.at]; line !== undefined && isItem(line, indent); line = reader.lines[reader.at]) {
    const words = line.words.slice(1).trimStart()
    const within = indent + line.words.length - words.length
    if (entry.test(words)) {
      reader.lines[reader.at] = {indent: within, words}
      items.push(readBlock(reader, within))
    } else {
      const value = readScalar(words)
      if (value === undefined) return undefined
      items.push(value)
      reader.at += 1
    }
  }
  return items
}

const entry = /^(?<key>[A-Za-z][\w./-]*):(?: +(?<rest>.+))?$/u

function readMapping(reader: Reader, indent: number): unknown {
  const entries = new Map<string, unknown>()
  for (let line = reader.lines[reader.at]; line?.indent === indent; line = reader.lines[reader.at]) {
    const {key, rest} = entry.exec(line.words)?.groups ?? {}
    if (key === undefined || key === '__proto__' || entries.has(key)) return undefined
    reader.at += 1
    const next = reader.lines[reader.at]
    const isDeeper = next !== undefined && (next.indent > indent || isItem(next, indent))
    const value = rest !== undefined ? readScalar(rest) : isDeeper ? readBlock(reader, next.indent) : null
    if (value === undefined) {
      reader.at = -1
      return undefined
    }
    entries.set(key, value)
  }
  return Object.fromEntries(entries)
}

/** Words that mean what they say in every YAML; numbers and the many spellings of yes and no are not among them. */
function readScalar(words: string): unknown {
  const quoted = /^"([^"\\]*)"$/u.exec(words)?.[1]
  if (quoted !== undefined) return quoted
  if (words === 'true' || words === 'false') return words === 'true'
  if (words === '{}') return {}
  if (words === '[]') return []
  const isWord = /^[A-Za-z/][\w/+=.@:-]*$/u.test(words) && !words.endsWith(':')
  return isWord && !/^(?:true|false|null|yes|no|on|off|y|n)$/iu.test(words) ? words : undefined
}
