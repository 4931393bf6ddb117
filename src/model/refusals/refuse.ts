import {AntctlError, type ErrorCode} from '../errors.ts'
import {editConfig, type Fills, type RefusalRow} from './row.ts'
import {type RefusalId, refusals} from './table.ts'

/** One row of the table, filled in for what was found. */
export interface Refused {
  readonly id: RefusalId
  /** With the place before it: "antrea-agent.conf, line 4: …". */
  readonly sentence: string
  readonly cause: string
  readonly remedy: readonly string[]
}

export interface RefusedPlace {
  /** "antrea-agent.conf", or "AntreaNodeConfig n1"; absent: the refusal is not of a text. */
  readonly source?: string
  /** Counted from 1. */
  readonly line?: number | undefined
}

/** Values are written by anybody: so much of each is shown, on one line and without control characters. */
const longestWord = 240

export function refused(id: RefusalId, fills: Fills = {}, {source, line}: RefusedPlace = {}): Refused {
  const {sentence, cause, remedy}: RefusalRow = refusals[id]
  const all = {edit: editConfig, ...fills}
  const place = source === undefined ? '' : `${source}${line === undefined ? '' : `, line ${line}`}: `
  return {id, sentence: place + fill(sentence, all), cause, remedy: remedy.map((text) => fill(text, all))}
}

/** The error of a single refusal. */
export function refuse(
  id: RefusalId,
  fills: Fills = {},
  {code = 'CONFIG_INVALID', ...place}: RefusedPlace & {readonly code?: ErrorCode} = {},
): AntctlError {
  return refusalError([refused(id, fills, place)], {code})
}

/** One error for all that was refused; the first remedy is the first refusal's. */
export function refusalError(
  all: readonly Refused[],
  {code = 'CONFIG_INVALID'}: {readonly code?: ErrorCode} = {},
): AntctlError {
  const shown = all.slice(0, 5).map(({sentence}) => sentence)
  const more = all.length > shown.length ? `; and ${all.length - shown.length} more` : ''
  const remedy = [...new Set(all.flatMap(({remedy}) => remedy))]
  return new AntctlError(code, `${shown.join('; ')}${more}`, {remedy: remedy.slice(0, 5)})
}

function fill(text: string, fills: Fills): string {
  return text.replaceAll(/\{([\w.]+)\}/gu, (whole, name: string) => {
    const word = Object.hasOwn(fills, name) ? fills[name] : undefined
    return word === undefined ? whole : shown(String(word))
  })
}

function shown(word: string): string {
  const plain = word.replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
  return plain.length > longestWord ? `${plain.slice(0, longestWord - 1)}…` : plain
}
