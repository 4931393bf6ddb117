import {readFileSync} from 'node:fs'
import {join} from 'node:path'

type Schema = Readonly<Record<string, unknown>>

/** A published schema of docs/schemas. */
export function publishedSchema(name: string): Schema {
  return record(JSON.parse(readFileSync(join(import.meta.dirname, '..', 'docs', 'schemas', `${name}.json`), 'utf8')))
}

/**
 * What of the value is not as the schema says, by place: as much of JSON Schema (2020-12) as our schemas use. A word that is
 * not understood is a fault too, so that nothing passes for want of reading.
 */
export function faultsOf(value: unknown, schema: Schema, root: Schema = schema, place = '$'): readonly string[] {
  return Object.entries(schema).flatMap(([word, argument]) => {
    const rule = rules[word]
    return rule === undefined
      ? [`${place}: the schema's word ${word} is not understood`]
      : rule({value, argument, schema, root, place})
  })
}

interface Asked {
  readonly value: unknown
  readonly argument: unknown
  readonly schema: Schema
  readonly root: Schema
  readonly place: string
}

const nothing = (): readonly string[] => []
const rules: Readonly<Record<string, (asked: Asked) => readonly string[]>> = {
  $schema: nothing,
  $id: nothing,
  $defs: nothing,
  title: nothing,
  description: nothing,
  $ref: ({value, argument, root, place}) => faultsOf(value, resolve(String(argument), root), root, place),
  const: ({value, argument, place}) => (value === argument ? [] : [`${place} is not ${JSON.stringify(argument)}`]),
  enum: ({value, argument, place}) => (list(argument).includes(value) ? [] : [`${place} is ${JSON.stringify(value)}`]),
  type: ({value, argument, place}) => (isOfType(value, String(argument)) ? [] : [`${place} is no ${String(argument)}`]),
  minItems: ({value, argument, place}) => (list(value).length >= Number(argument) ? [] : [`${place} has too few`]),
  items: ({value, argument, root, place}) =>
    list(value).flatMap((item, at) => faultsOf(item, record(argument), root, `${place}[${at}]`)),
  required: ({value, argument, place}) =>
    list(argument).flatMap((name) =>
      Object.hasOwn(record(value), String(name)) ? [] : [`${place} lacks ${String(name)}`],
    ),
  properties: ({value, argument, root, place}) =>
    Object.entries(record(argument)).flatMap(([name, part]) =>
      Object.hasOwn(record(value), name) ? faultsOf(record(value)[name], record(part), root, `${place}.${name}`) : [],
    ),
  additionalProperties: ({value, argument, schema, root, place}) => {
    const known = record(schema['properties'] ?? {})
    const others = Object.entries(record(value)).filter(([name]) => !Object.hasOwn(known, name))
    if (argument === false) return others.map(([name]) => `${place} has ${name} as well`)
    return others.flatMap(([name, other]) => faultsOf(other, record(argument), root, `${place}.${name}`))
  },
  oneOf: ({value, argument, root, place}) => {
    const faults = list(argument).map((choice) => faultsOf(value, record(choice), root, place))
    const fitting = faults.filter((found) => found.length === 0).length
    if (fitting === 1) return []
    const nearest = faults.toSorted((a, b) => a.length - b.length)[0] ?? []
    return [`${place} fits ${fitting} of ${faults.length} choices`, ...nearest]
  },
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}

function resolve(reference: string, root: Schema): Schema {
  return record(
    reference
      .split('/')
      .slice(1)
      .reduce<unknown>((part, name) => record(part)[name], root),
  )
}

function record(value: unknown): Schema {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  return Object.fromEntries(Object.entries(value))
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
