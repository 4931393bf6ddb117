/**
 * What our schemas at the border say, as JSON Schema (2020-12) for other people's programs. A kind that is not known here is
 * an error, so that nothing is published that says less than it seems to.
 */
export function jsonSchema(schema: unknown, title: string): string {
  const document = {$schema: 'https://json-schema.org/draft/2020-12/schema', title, ...described(schema)}
  return `${JSON.stringify(document, null, 2)}\n`
}

type Described = Readonly<Record<string, unknown>>

function described(schema: unknown): Described {
  const steps = listAt(schema, 'pipe')
  if (steps.length > 0) return Object.assign({}, described(steps[0]), ...steps.slice(1).map(bound))
  const type = wordAt(schema, 'type')
  switch (type) {
    case 'string':
    case 'number':
    case 'boolean':
      return {type}
    case 'unknown':
      return {}
    case 'literal':
      return {const: valueAt(schema, 'literal')}
    case 'picklist':
      return {enum: listAt(schema, 'options')}
    case 'array':
      return {type, items: described(valueAt(schema, 'item'))}
    case 'record':
      return {type: 'object', additionalProperties: described(valueAt(schema, 'value'))}
    case 'union':
    case 'variant':
      return {anyOf: listAt(schema, 'options').map(described)}
    case 'exact_optional':
      return described(valueAt(schema, 'wrapped'))
    case 'object':
    case 'strict_object':
      return object(entriesOf(valueAt(schema, 'entries')), type === 'strict_object')
    default:
      throw new Error(`no JSON Schema for ${type}`)
  }
}

function object(entries: readonly (readonly [string, unknown])[], isClosed: boolean): Described {
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, schema]) => [name, described(schema)])),
    required: entries.filter(([, schema]) => wordAt(schema, 'type') !== 'exact_optional').map(([name]) => name),
    ...(isClosed && {additionalProperties: false}),
  }
}

const bounds: Readonly<Record<string, (requirement: unknown) => Described>> = {
  integer: () => ({type: 'integer'}),
  min_value: (minimum) => ({minimum}),
  max_value: (maximum) => ({maximum}),
  max_length: (maxLength) => ({maxLength}),
}

function bound(step: unknown): Described {
  const type = wordAt(step, 'type')
  const known = bounds[type]
  if (known === undefined) throw new Error(`no JSON Schema for ${type}`)
  return known(valueAt(step, 'requirement'))
}

function valueAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const found = valueAt(value, key)
  return Array.isArray(found) ? found : []
}

function wordAt(value: unknown, key: string): string {
  const found = valueAt(value, key)
  return typeof found === 'string' ? found : ''
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}
