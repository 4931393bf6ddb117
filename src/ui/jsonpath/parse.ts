import {openReader, type Reader} from './reader.ts'

/** kubectl's templates: text, and in braces a path, a quoted text, or a range … end. */
export type Template = readonly Piece[]
export type Piece =
  | {readonly kind: 'text'; readonly text: string}
  | {readonly kind: 'path'; readonly path: Path}
  | {readonly kind: 'range'; readonly path: Path; readonly body: Template}

export type Path = readonly Step[]
export type Step =
  | {readonly kind: 'each'}
  | {readonly kind: 'fields'; readonly names: readonly string[]}
  | {readonly kind: 'slices'; readonly slices: readonly Slice[]}
  | {readonly kind: 'descend'; readonly step: Step}
  | {readonly kind: 'filter'; readonly filter: Filter}

/** `single`: one element, from the end when negative. */
export type Slice =
  | {readonly kind: 'single'; readonly at: number}
  | {
      readonly kind: 'span'
      readonly from: number | undefined
      readonly to: number | undefined
      readonly step: number
    }

export type Comparison = '==' | '!=' | '<=' | '>=' | '<' | '>'
export interface Filter {
  readonly left: Operand
  /** Absent: the left side is there. */
  readonly compare?: {readonly by: Comparison; readonly right: Operand}
}
export type Operand =
  | {readonly kind: 'path'; readonly path: Path}
  | {readonly kind: 'value'; readonly value: string | number | boolean}

/** Deeper than anybody writes; a template is the caller's own, but a mistake must not exhaust the stack. */
const deepest = 20

export function parseTemplate(source: string): Template {
  return parsePieces(openReader(source), {inside: false, depth: 0})
}

/** What --sort-by takes: `.a.b`, `a.b` and `{.a.b}` alike. */
export function parseRelaxedPath(source: string): Path {
  const inner = /^\{(.*)\}$/su.exec(source.trim())?.[1] ?? source.trim()
  const reader = openReader(/^[.[$@]/u.test(inner) ? inner : `.${inner}`)
  const path = parsePath(reader)
  if (!reader.ended()) throw reader.fault('the path ends here')
  return path
}

function parsePieces(reader: Reader, {inside, depth}: {inside: boolean; depth: number}): Template {
  if (depth > deepest) throw reader.fault(`ranges are nested deeper than ${deepest}`)
  const pieces: Piece[] = []
  while (!reader.ended()) {
    const text = reader.until('{')
    if (text !== '') pieces.push({kind: 'text', text})
    if (!reader.take('{')) break
    reader.space()
    if (reader.takeWord('end')) {
      closeBrace(reader)
      if (!inside) throw reader.fault('this {end} has no {range}')
      return pieces
    }
    pieces.push(...parseAction(reader, depth))
  }
  if (inside) throw reader.fault('a {range} has no {end}')
  return pieces
}

function parseAction(reader: Reader, depth: number): readonly Piece[] {
  if (reader.takeWord('range')) {
    reader.space()
    const path = parsePath(reader)
    closeBrace(reader)
    return [{kind: 'range', path, body: parsePieces(reader, {inside: true, depth: depth + 1})}]
  }
  const pieces: Piece[] = []
  // kubectl takes several in one pair of braces: {.a .b} and {.a"\t"}.
  do {
    pieces.push(reader.atQuote() ? {kind: 'text', text: reader.quoted()} : {kind: 'path', path: parsePath(reader)})
    reader.space()
  } while (!reader.ended() && !reader.at('}'))
  closeBrace(reader)
  return pieces
}

function closeBrace(reader: Reader): void {
  reader.space()
  if (!reader.take('}')) throw reader.fault('here a } is missing')
}

function parsePath(reader: Reader): Path {
  const steps: Step[] = []
  for (;;) {
    const step = parseStep(reader)
    if (step === undefined) break
    steps.push(step)
  }
  if (steps.length === 0) throw reader.fault('here a path must begin, with a dot')
  return steps
}

function parseStep(reader: Reader): Step | undefined {
  // Inside a range kubectl's $ is the element as well.
  if (reader.take('$') || reader.take('@')) return {kind: 'fields', names: []}
  if (reader.take('..')) return {kind: 'descend', step: parseDescendant(reader)}
  if (reader.take('.')) {
    if (reader.at('[')) return parseBracket(reader)
    if (reader.take('*')) return {kind: 'each'}
    const name = reader.name()
    // A dot alone is the thing itself.
    return {kind: 'fields', names: name === '' ? [] : [name]}
  }
  return reader.at('[') ? parseBracket(reader) : undefined
}

function parseDescendant(reader: Reader): Step {
  if (reader.at('[')) return parseBracket(reader)
  if (reader.take('*')) return {kind: 'each'}
  const name = reader.name()
  if (name === '') throw reader.fault('after .. comes a name, * or [')
  return {kind: 'fields', names: [name]}
}

function parseBracket(reader: Reader): Step {
  reader.take('[')
  reader.space()
  const step = bracketed(reader)
  reader.space()
  if (!reader.take(']')) throw reader.fault('here a ] is missing')
  return step
}

function bracketed(reader: Reader): Step {
  if (reader.take('?(')) {
    const filter = parseFilter(reader)
    if (!reader.take(')')) throw reader.fault('here a ) is missing')
    return {kind: 'filter', filter}
  }
  if (reader.take('*')) return {kind: 'each'}
  if (reader.atQuote()) return {kind: 'fields', names: reader.list(() => reader.quoted())}
  return {kind: 'slices', slices: reader.list(() => parseSlice(reader))}
}

function parseSlice(reader: Reader): Slice {
  const from = reader.integer()
  if (!reader.take(':')) {
    if (from === undefined) throw reader.fault('here an index is missing')
    return {kind: 'single', at: from}
  }
  const to = reader.integer()
  const step = reader.take(':') ? (reader.integer() ?? 1) : 1
  if (step <= 0) throw reader.fault('the step of a slice is above 0')
  return {kind: 'span', from, to, step}
}

function parseFilter(reader: Reader): Filter {
  const left = parseOperand(reader)
  const by = reader.oneOf(['==', '!=', '<=', '>=', '<', '>'] as const)
  return by === undefined ? {left} : {left, compare: {by, right: parseOperand(reader)}}
}

function parseOperand(reader: Reader): Operand {
  reader.space()
  const operand = operandOf(reader)
  reader.space()
  return operand
}

function operandOf(reader: Reader): Operand {
  if (reader.atQuote()) return {kind: 'value', value: reader.quoted()}
  if (reader.at('@') || reader.at('.') || reader.at('$')) return {kind: 'path', path: parsePath(reader)}
  const word = reader.name()
  if (word === 'true' || word === 'false') return {kind: 'value', value: word === 'true'}
  const number = Number(word)
  if (word === '' || Number.isNaN(number)) throw reader.fault('here a path, a number or a quoted text is missing')
  return {kind: 'value', value: number}
}
