import * as v from 'valibot'
import type {Fate} from './fate.ts'
import {keys} from './keys.ts'
import {parsePath, valueAt} from './place.ts'

/** What the table of keys says of one key, for those who walk over all of them. */
export interface Outline {
  /** Dotted; a list's elements are "*". */
  readonly path: string
  /** "true or false": ends the sentence "KEY must be …". */
  readonly says: string
  readonly fallback: unknown
  readonly fate?: Fate | undefined
  /** The keys of a mapping. */
  readonly entries?: ReadonlyMap<string, Outline>
  /** Each element of a list of mappings. */
  readonly each?: Outline
  /** Names that a mapping of free form may have. */
  readonly names?: readonly string[]
}

let known: Outline | undefined

/** antrea-agent.conf, whole. */
export function outline(): Outline {
  known ??= outlineOf(keys, '', undefined)
  return known
}

/** Every key that holds a value, in the table's order. */
export function leaves(of: Outline = outline()): readonly Outline[] {
  return of.entries === undefined ? [of] : [...of.entries.values()].flatMap((inner) => leaves(inner))
}

/** The keys whose value is another than their default. */
export function changedKeys(values: unknown): readonly Outline[] {
  return leaves().filter(({path, fallback}) => {
    const value = valueAt(values, parsePath(path)) ?? fallback
    return value !== fallback && JSON.stringify(value) !== JSON.stringify(fallback)
  })
}

function outlineOf(schema: unknown, path: string, fallback: unknown): Outline {
  const {fate, names} = isSchema(schema) ? readMetadata(v.getMetadata(schema)) : {}
  if (has(schema, 'wrapped')) {
    const own = has(schema, 'default') && schema.default !== undefined ? schema.default : fallback
    return {...outlineOf(schema.wrapped, path, own), ...(fate !== undefined && {fate})}
  }
  const says = has(schema, 'message') && typeof schema.message === 'string' ? schema.message : ''
  const inner = (name: string) => (path === '' ? name : `${path}.${name}`)
  return {
    path,
    says,
    fallback,
    ...(fate !== undefined && {fate}),
    ...(names !== undefined && {names}),
    ...(has(schema, 'entries') && {entries: entriesOf(schema.entries, inner)}),
    ...(has(schema, 'item') && has(schema.item, 'entries') && {each: outlineOf(schema.item, inner('*'), undefined)}),
  }
}

function entriesOf(entries: unknown, path: (name: string) => string): ReadonlyMap<string, Outline> {
  const pairs = Object.entries(entries ?? {})
  return new Map(pairs.map(([name, schema]) => [name, outlineOf(schema, path(name), undefined)]))
}

const fateSchema = v.union([
  v.object({obeyed: v.picklist(['live', 'start']), cost: v.string()}),
  v.object({ignored: v.string()}),
  v.object({later: v.string()}),
  v.object({fixed: v.string()}),
  v.object({refusedBy: v.string()}),
])
const metadataSchema = v.object({fate: v.exactOptional(fateSchema), names: v.exactOptional(v.array(v.string()))})

function readMetadata(metadata: unknown): {readonly fate?: Fate; readonly names?: readonly string[]} {
  return v.parse(metadataSchema, metadata)
}

function isSchema(value: unknown): value is v.GenericSchema {
  return has(value, 'kind') && value.kind === 'schema'
}

function has<Key extends string>(value: unknown, key: Key): value is Readonly<Record<Key, unknown>> {
  return typeof value === 'object' && value !== null && key in value
}
