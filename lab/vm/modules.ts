/**
 * The files to load, in order, so that each of `wanted` (names without ".ko") works. `dependencies` is modules.dep(5): a line
 * a module, its file and what it needs, the last first. Throws when a module is neither there nor in `builtin`
 * (modules.builtin: a file a line).
 */
export function loadOrder(wanted: readonly string[], dependencies: string, builtin: string): readonly string[] {
  const needs = new Map(
    linesOf(dependencies).map((line) => {
      const [file = '', ...rest] = line.split(/[: ]+/u).filter((word) => word !== '')
      return [nameOf(file), [file, ...rest].toReversed()]
    }),
  )
  const inside = new Set(linesOf(builtin).map(nameOf))
  const files = wanted.map(nameOf).flatMap((name) => {
    const found = needs.get(name) ?? (inside.has(name) ? [] : undefined)
    if (found === undefined) throw new Error(`this kernel has no module ${name}`)
    return found
  })
  return [...new Set(files)]
}

/** kernel/net/9p/9pnet_virtio.ko.xz is 9pnet_virtio; a dash and an underscore are the same. */
function nameOf(file: string): string {
  return file
    .replace(/^.*\//u, '')
    .replace(/\.ko.*$/u, '')
    .replaceAll('-', '_')
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}
