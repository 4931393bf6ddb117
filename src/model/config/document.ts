import {type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument} from 'yaml'
import {refuse} from '../refusals/refuse.ts'
import {openBrackets} from './open-brackets.ts'
import {isMapping, type Mapping, type Path, pathText} from './place.ts'

/** One text or object that sets keys, and where each key stands in it. */
export interface ConfigDocument {
  /** "antrea-agent.conf", or "AntreaNodeConfig n1". */
  readonly name: string
  readonly value: Mapping
  /** Counted from 1; undefined where there are no lines. */
  lineOf(path: Path): number | undefined
}

/** In bytes; upstream's file with all its comments has 25 000. */
const longest = 131_072
const deepest = 16
/** Brackets that are not closed: the parser goes down for each. Comments with a smiley have fewer. */
const mostOpen = 200

/** YAML → plain values with their lines; without aliases, with each key once. Throws CONFIG_INVALID. */
export function readDocument(name: string, text: string): ConfigDocument {
  if (Buffer.byteLength(text) > longest) throw refuse('too-large', {largest: longest}, {source: name})
  if (openBrackets(text) > mostOpen) throw refuse('not-yaml', {why: 'it is nested too deep'}, {source: name})
  const counter = new LineCounter()
  // Its own check of unique keys takes seconds for some thousands of them.
  const document = parse(name, text, counter)
  const [trouble] = [...document.errors, ...document.warnings]
  if (trouble !== undefined) {
    const why = trouble.message.split('\n')[0] ?? ''
    throw refuse('not-yaml', {why}, {source: name, line: counter.linePos(trouble.pos[0]).line})
  }
  return plainDocument(name, document, counter)
}

/** What Kubernetes has parsed already: spec.agent of an AntreaNodeConfig. Throws CONFIG_INVALID. */
export function documentOf(name: string, value: unknown): ConfigDocument {
  if (!isMapping(value ?? {})) throw refuse('not-yaml', {why: 'it is no mapping of keys'}, {source: name})
  return {...readDocument(name, JSON.stringify(value ?? {})), lineOf: () => undefined}
}

function parse(name: string, text: string, lineCounter: LineCounter): Document {
  try {
    return parseDocument(text, {lineCounter, uniqueKeys: false, logLevel: 'error', prettyErrors: false})
  } catch (error) {
    throw refuse('not-yaml', {why: error instanceof Error ? error.message : String(error)}, {source: name})
  }
}

function plainDocument(source: string, {contents}: Document, counter: LineCounter): ConfigDocument {
  const lines = new Map<string, number>()
  const lineOf = (node: unknown): number => (hasRange(node) ? counter.linePos(node.range[0]).line : 1)
  const plain = (node: unknown, path: Path): unknown => {
    const refused = (why: string, at: unknown = node) => refuse('not-yaml', {why}, {source, line: lineOf(at)})
    if (isAlias(node)) throw refused('an alias (*) is not taken: write the value out')
    if (path.length > deepest) throw refused('it is nested too deep')
    if (hasTag(node)) throw refused('a tag (!) is not taken')
    if (isScalar(node)) return node.value
    if (isSeq(node)) {
      node.items.forEach((item, at) => lines.set(pathText([...path, at]), lineOf(item)))
      return node.items.map((item, at) => plain(item, [...path, at]))
    }
    if (!isMap(node)) return null
    const values = new Map<string, unknown>()
    for (const {key, value} of node.items) {
      if (!isScalar(key)) throw refused('a key is no text')
      const name = String(key.value)
      if (values.has(name)) throw refused(`${JSON.stringify(name)} is there twice`, key)
      lines.set(pathText([...path, name]), lineOf(key))
      values.set(name, plain(value, [...path, name]))
    }
    return Object.fromEntries(values)
  }
  const value = plain(contents, []) ?? {}
  if (!isMapping(value)) throw refuse('not-yaml', {why: 'it is no mapping of keys'}, {source})
  return {name: source, value, lineOf: (path) => lines.get(pathText(path))}
}

/** Only tags that are written out are kept. */
function hasTag(node: unknown): boolean {
  return typeof node === 'object' && node !== null && 'tag' in node && node.tag !== undefined
}

function hasRange(node: unknown): node is {readonly range: NonNullable<Node['range']>} {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}
