import {glob, readFile} from 'node:fs/promises'
import {dirname, join, relative} from 'node:path'
import {expect, test} from 'vitest'

const source = join(import.meta.dirname, '..', 'src')

/** Who may import whom: the doors of the house. A room's own files are always open to it. */
const doors: Readonly<Record<string, readonly string[]>> = {
  model: [],
  datapath: ['model'],
  cluster: ['model'],
  diagnostics: ['model', 'cluster', 'datapath/pipeline/tables', 'datapath/pipeline/fields', 'datapath/openflow'],
  changes: ['model', 'cluster', 'diagnostics'],
  agent: ['model', 'datapath', 'cluster'],
  controller: ['model', 'datapath', 'cluster'],
  ui: ['model', 'type:diagnostics', 'type:changes'],
  commands: ['model', 'cluster', 'diagnostics', 'changes', 'ui'],
}

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

test('every import goes through a door', async () => {
  const imports = await importsOf(source)
  expect(imports.length).toBeGreaterThan(50)
  expect(imports.filter((found) => !isOpen(found)).map(({from, to}) => `${from} imports ${to}`)).toEqual([])
})

test('a door that is not in the table is closed', () => {
  expect(isOpen({from: 'model/pod.ts', to: 'cluster/api.ts', typeOnly: true})).toBe(false)
  expect(isOpen({from: 'diagnostics/a.ts', to: 'datapath/machine/routes.ts', typeOnly: false})).toBe(false)
  expect(isOpen({from: 'ui/a.ts', to: 'changes/plan.ts', typeOnly: false})).toBe(false)
  expect(isOpen({from: 'ui/a.ts', to: 'changes/plan.ts', typeOnly: true})).toBe(true)
})

function isOpen({from, to, typeOnly}: Import): boolean {
  const room = roomOf(from)
  if (room === roomOf(to)) return true
  return (doors[room] ?? []).some((door) => {
    const target = door.replace('type:', '')
    const inside = to === `${target}.ts` || to.startsWith(`${target}/`)
    return inside && (typeOnly || !door.startsWith('type:'))
  })
}

function roomOf(file: string): string {
  return file.split('/')[0] ?? file
}

async function importsOf(folder: string): Promise<Import[]> {
  const files = await Array.fromAsync(glob('**/*.{ts,tsx}', {cwd: folder}))
  const found = await Promise.all(
    files.map(async (file) => importsIn(file, await readFile(join(folder, file), 'utf8'))),
  )
  return found.flat()
}

function importsIn(file: string, text: string): Import[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(?<type>type\s)?[^'"]*?from\s+['"](?<static>\.[^'"]+)['"]|import\(\s*['"](?<dynamic>\.[^'"]+)['"]\s*\)/gu
  return [...text.matchAll(pattern)].map(({groups}) => ({
    from: file,
    to: relative(source, join(source, dirname(file), groups?.['static'] ?? groups?.['dynamic'] ?? '')),
    typeOnly: groups?.['type'] !== undefined,
  }))
}
