import * as v from 'valibot'
import {type Refused, refused} from '../refusals/refuse.ts'
import type {ConfigDocument} from './document.ts'
import {keys} from './keys.ts'
import {isMapping, type Mapping, pathText, withoutValue} from './place.ts'
import {lineNear} from './spellings.ts'

/** So much of a value is shown. */
const shownLength = 60

/** The values that no agent could read, and the mapping without the keys that hold them. */
export function wrongValues({name, value, lineOf}: ConfigDocument): {
  readonly refused: readonly Refused[]
  readonly rest: Mapping
} {
  const {issues = []} = v.safeParse(keys, value)
  const all: Refused[] = []
  let rest: unknown = value
  for (const {path = [], message, input} of issues) {
    const place = path.map(({key}) => (typeof key === 'number' ? key : String(key)))
    const line = lineNear({name, value, lineOf}, place)
    rest = withoutValue(rest, place.slice(0, 2))
    all.push(
      refused('value-wrong', {key: pathText(place), expected: message, value: shown(input)}, {source: name, line}),
    )
  }
  return {refused: all, rest: isMapping(rest) ? rest : {}}
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > shownLength ? `${text.slice(0, shownLength - 1)}…` : text
}
