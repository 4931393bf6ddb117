/** Where a value stands in a configuration: keys, and numbers inside lists. */
export type Path = readonly (string | number)[]
export type Mapping = Readonly<Record<string, unknown>>

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** "flowExporter.enable"; "secondaryNetwork.ovsBridges.0.bridgeName". */
export function pathText(path: Path): string {
  return path.join('.')
}

export function parsePath(text: string): Path {
  return text.split('.').map((part) => (/^\d+$/u.test(part) ? Number(part) : part))
}

/** undefined: nothing there. */
export function valueAt(value: unknown, path: Path): unknown {
  const [first, ...rest] = path
  if (first === undefined) return value
  const inner: unknown = Array.isArray(value) || isMapping(value) ? ownValue(value, first) : undefined
  return inner === undefined ? undefined : valueAt(inner, rest)
}

/** The mapping with this value at the path; mappings on the way are made. */
export function withValue(mapping: Mapping, path: Path, value: unknown): Mapping {
  const [first, ...rest] = path
  if (first === undefined) return mapping
  const inner = mapping[first]
  return {...mapping, [first]: rest.length === 0 ? value : withValue(isMapping(inner) ? inner : {}, rest, value)}
}

/** The value without what is at the path; mappings and lists that are empty then go, too. */
export function withoutValue(value: unknown, path: Path): unknown {
  const [first, ...rest] = path
  if (first === undefined) return undefined
  const keep = ([key, inner]: readonly [string, unknown]): readonly (readonly [string, unknown])[] => {
    if (key !== String(first)) return [[key, inner]]
    const left = withoutValue(inner, rest)
    return left === undefined ? [] : [[key, left]]
  }
  if (Array.isArray(value)) {
    const left = Object.entries(value).flatMap(keep)
    return left.length === 0 ? undefined : left.map(([, inner]) => inner)
  }
  if (!isMapping(value)) return value
  const left = Object.entries(value).flatMap(keep)
  return left.length === 0 ? undefined : Object.fromEntries(left)
}

function ownValue(holder: object, key: string | number): unknown {
  return Object.hasOwn(holder, key) ? Reflect.get(holder, key) : undefined
}
