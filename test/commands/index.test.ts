import {glob, readFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {expect, test} from 'vitest'
import {commands} from '../../src/commands/index.ts'
import {version} from '../../src/model/version.ts'

const root = join(import.meta.dirname, '..', '..')
/** What stands in src/commands and is no command, beside face/, which is the dashboard's, plain/, and what a command has in a folder of its name. */
const helpers = new Set([
  'asking',
  'base',
  'change-driver',
  'changing',
  'closed-pipe',
  'command-id',
  'compile-cache',
  'failure',
  'index',
  'main',
  'reading',
  'run',
  'save',
  'shipped',
])

test('every file of src/commands is a command under its own path', async () => {
  const files = await Array.fromAsync(glob('**/*.{ts,tsx}', {cwd: join(root, 'src/commands')}))
  const names = new Set(files.map((file) => file.replace(/\.tsx?$/u, '')))
  const ids = [...names].filter(
    (name) => !helpers.has(name) && !/^(?:face|plain)[/]/u.test(name) && !names.has(dirname(name)),
  )
  expect(Object.keys(commands)).toEqual(ids.map((id) => id.replaceAll('/', ':')).sort())
})

test.each(Object.entries(commands))('%s says what it is for and shows how', async (id, load) => {
  const command = await load()
  expect(command.summary).toMatch(/^[A-Z].*[.?]$/u)
  expect(command.examples.length).toBeGreaterThan(0)
  for (const example of command.examples) expect(example).toContain(`<%= config.bin %> ${id.replace(':', ' ')}`)
})

test.each(Object.entries(commands))('%s leaves what stands on stdin to whom it belongs', async (_id, load) => {
  for (const arg of Object.values((await load()).args)) expect(arg).toMatchObject({ignoreStdin: true})
})

test('the version is that of package.json', async () => {
  expect(JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))).toMatchObject({version})
})
