import {type Refused, refused} from '../refusals/refuse.ts'
import type {ConfigDocument} from './document.ts'
import {nearest, typingErrors} from './nearest.ts'
import {leaves, type Outline, outline} from './outline.ts'
import {isMapping, type Path, pathText} from './place.ts'
import {lineNear} from './spellings.ts'

/** A text with more of them is none of ours, and to compare names takes time. */
const enough = 20

/** Keys that nobody knows, at every depth, each with the nearest one that is known; the first twenty. */
export function unknownKeys(document: ConfigDocument): readonly Refused[] {
  return [...look(document, document.value, [], outline()).take(enough)]
}

function* look(document: ConfigDocument, value: unknown, path: Path, at: Outline): Generator<Refused> {
  const {each, entries, names} = at
  if (Array.isArray(value) && each !== undefined) {
    for (const [index, item] of value.entries()) yield* look(document, item, [...path, index], each)
  }
  // A mapping where none may be is a wrong value: told of elsewhere.
  if (!isMapping(value)) return
  for (const [name, inner] of Object.entries(value)) {
    const here = [...path, name]
    const place = {source: document.name, line: lineNear(document, here)}
    const known = entries?.get(name)
    if (known !== undefined) yield* look(document, inner, here, known)
    else if (entries !== undefined) {
      yield refused('key-unknown', {key: pathText(here), nearest: nearestKey(name, path, entries)}, place)
    } else if (names !== undefined && !names.includes(name)) {
      yield refused('gate-unknown', {key: name, nearest: nearest(name, names)?.name ?? ''}, place)
    }
  }
}

/** Among the keys of the same mapping, unless one elsewhere is nearer: then that is the wrong place. */
function nearestKey(name: string, path: Path, entries: ReadonlyMap<string, Outline>): string {
  const here = nearest(name, [...entries.keys()])
  const prefix = path.length === 0 ? '' : `${pathText(path)}.`
  let best = {path: `${prefix}${here?.name ?? ''}`, distance: here?.distance ?? Number.POSITIVE_INFINITY}
  if (best.distance < 2) return best.path
  for (const {path} of leaves()) {
    const distance = typingErrors(name.slice(0, 64).toLowerCase(), path.slice(path.lastIndexOf('.') + 1).toLowerCase())
    if (distance < best.distance) best = {path, distance}
  }
  return best.path
}
