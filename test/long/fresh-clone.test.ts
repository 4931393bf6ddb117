import {mkdtemp, rm} from 'node:fs/promises'
import {homedir, tmpdir} from 'node:os'
import {join} from 'node:path'
import {execa} from 'execa'
import {afterAll, beforeAll, expect, test} from 'vitest'

const root = join(import.meta.dirname, '..', '..')
let folder = ''
let clone = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antctl-fresh-'))
  clone = join(folder, 'antctl')
  await execa('git', ['clone', '--quiet', root, clone])
})

afterAll(async () => {
  await execa('npm', ['run', '--silent', 'lab', '--', 'down'], {cwd: clone, env: emptyHome(), reject: false})
  // Go keeps its module cache read-only.
  await execa('chmod', ['-R', 'u+w', folder])
  await rm(folder, {recursive: true, force: true})
})

/** A newcomer's machine: none of our caches, so that a missing step of the set-up shows. */
function emptyHome(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([, value]) => value?.includes(homedir()) !== true)
  return {...Object.fromEntries(kept), PATH: process.env['PATH'], HOME: join(folder, 'home'), NO_COLOR: '1'}
}

test('a fresh clone with an empty HOME runs the demo', async () => {
  const start = performance.now()
  const {exitCode, all} = await execa('npm', ['run', 'demo'], {
    cwd: clone,
    env: emptyHome(),
    extendEnv: false,
    reject: false,
    all: true,
    stdin: 'ignore',
  })
  console.log(`demo from nothing: ${((performance.now() - start) / 60_000).toFixed(1)} minutes`)
  expect({exitCode, end: all.split('\n').slice(-30).join('\n')}).toMatchObject({exitCode: 0})
  expect(all).toContain('All 4 Nodes run hybrid.')
  expect(all).toMatch(/n1 +n2 +routed +ok +ok/u)
})
