import {type Refused, refused} from '../refusals/refuse.ts'
import type {ConfigDocument} from './document.ts'
import {nearest} from './nearest.ts'
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
  if (here !== undefined && here.distance < 2) return prefix + here.name
  const elsewhere = nearest(name, [...placesByName().keys()])
  const nearer = elsewhere !== undefined && elsewhere.distance < (here?.distance ?? Number.POSITIVE_INFINITY)
  return nearer ? (placesByName().get(elsewhere.name) ?? '') : `${prefix}${here?.name ?? ''}`
}

let places: ReadonlyMap<string, string> | undefined

/** The last part of each key's path, and the path that has it first. */
function placesByName(): ReadonlyMap<string, string> {
  const named = leaves().map(({path}): readonly [string, string] => [path.slice(path.lastIndexOf('.') + 1), path])
  places ??= new Map(named.reverse())
  return places
}
