import {isDeepStrictEqual} from 'node:util'
import {type Document, isMap, isScalar, parseDocument, type Scalar} from 'yaml'
import {names} from '../../model/names.ts'
import {readDocument} from '../../model/config/document.ts'
import {refuse} from '../../model/refusals/refuse.ts'
import type {TrafficMode} from '../../model/traffic-mode.ts'

/** One key of the first level and its new value. */
export type Edit =
  | {readonly key: 'trafficEncapMode'; readonly value: TrafficMode}
  | {readonly key: 'noSNAT'; readonly value: boolean}

/**
 * antrea-agent.conf with another value of one key and every other byte as it was: comments, order, quotes, line ends.
 * An absent key is written below its commented-out line, else at the end. What comes out is read again and compared.
 */
export function editKey(source: string, edit: Edit): string {
  const {key, value} = edit
  const document = readConfig(source)
  const node = isMap(document.contents) ? document.get(key, true) : undefined
  const texts = isScalar(node) ? [replaced(source, node, value)] : insertions(source, edit)
  const edited = texts.find((text) => changesOnly(document, text, edit))
  if (edited !== undefined) return edited
  throw refuse('key-not-alone', {key, value})
}

/** The text with the wanted values and nothing else changed. */
export function editConfig(config: string, {from, to}: {readonly from: ModeValues; readonly to: ModeValues}): string {
  const moded = from.mode === to.mode ? config : editKey(config, {key: 'trafficEncapMode', value: to.mode})
  return from.noSNAT === to.noSNAT ? moded : editKey(moded, {key: 'noSNAT', value: to.noSNAT})
}

interface ModeValues {
  readonly mode: TrafficMode
  readonly noSNAT: boolean
}

/** What no agent would read is refused with the agent's sentence. */
function readConfig(source: string): Document {
  readDocument(names.configKey, source)
  return parseDocument(source)
}

function replaced(source: string, {range, type}: Scalar, value: Edit['value']): string {
  const [start, end] = range ?? [0, 0]
  const written = source.slice(start, end)
  const quote = typeof value === 'boolean' ? '' : type === 'QUOTE_DOUBLE' ? '"' : type === 'QUOTE_SINGLE' ? "'" : ''
  // "key:" with nothing behind it: the value's range is empty, right after the colon.
  const space = written === '' && source[start - 1] === ':' ? ' ' : ''
  return source.slice(0, start) + space + quote + String(value) + quote + source.slice(end)
}

/** Below "#key: …" of the shipped file; if that breaks what stands around it, at the end. */
function insertions(source: string, {key, value}: Edit): string[] {
  const eol = source.includes('\r\n') ? '\r\n' : '\n'
  const line = `${key}: ${value}`
  const comment = new RegExp(`^#\\s*${key}:.*$`, 'mu').exec(source)
  const atEnd = `${source}${source === '' || source.endsWith('\n') ? '' : eol}${line}${eol}`
  if (comment === null) return [atEnd]
  const end = comment.index + comment[0].replace(/\r$/u, '').length
  return [`${source.slice(0, end)}${eol}${line}${source.slice(end)}`, atEnd]
}

function changesOnly(before: Document, text: string, {key, value}: Edit): boolean {
  const after = parseDocument(text, {uniqueKeys: true})
  if (after.errors.length > 0) return false
  const [was, is] = [asRecord(before.toJS()), asRecord(after.toJS())]
  return is[key] === value && isDeepStrictEqual({...was, [key]: value}, is)
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? {...value} : {}
}
