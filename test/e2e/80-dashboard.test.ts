import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {keyGroups} from '../../src/ui/dash/help.ts'
import {antctl, antctlOk, apply, kubectl, namespace, startPods} from './cluster.ts'
import {givenBack, keys, left, play, sitDown} from './dash-person.ts'
import {changes, type Scene, scenes} from './dash-scenes.ts'

/** By which key each scene is left. */
const leaving = {q: 'q', 'Ctrl-C': keys.interrupt} as const

beforeAll(async () => {
  await startPods()
  await kubectl('-n', namespace, 'label', 'pod', 'near', 'far', 'both=yes', '--overwrite')
  const spec = {selector: {both: 'yes'}, ports: [{port: 80, targetPort: 8080}]}
  await apply({apiVersion: 'v1', kind: 'Service', metadata: {name: 'both', namespace}, spec})
  await antctlOk('set-mode', 'encap', '--yes', '--no-preflight')
})
afterAll(async () => {
  await kubectl('-n', namespace, 'delete', 'service', 'both', '--ignore-not-found')
  await antctl('set-mode', '--undo', '--yes')
  await antctlOk('set-mode', 'encap', '--yes', '--no-preflight')
})

test('a scene presses every key that ? shows, and no other', () => {
  const shown = keyGroups.flatMap(({title, rows}) => rows.flatMap((row) => row.keys.map((key) => `${key} of ${title}`)))
  const presses = [...Object.values(scenes), ...Object.values(changes)].flatMap((scene) => scene.map(([key]) => key))
  const left = Object.keys(leaving).map((key) => `${key} of Everywhere`)
  expect(new Set([...presses.filter((key) => key !== ''), ...left])).toEqual(new Set(shown))
})

describe('nothing is changed', () => {
  // n1 alone sends directly: what n2 sends back to it comes through the tunnel, and that pair is odd.
  beforeAll(() => antctlOk('set-mode', 'hybrid', '--nodes', 'n1', '--yes', '--no-preflight'))
  afterAll(() => antctlOk('set-mode', '--undo', '--yes'))

  test.each(Object.entries(scenes))('%s', async (_, scene) => {
    expect(await perform(scene, 'Ctrl-C')).toEqual(givenBack)
  })
})

describe('a change', () => {
  test.each(Object.entries(changes))('%s', async (_, scene) => {
    expect(await perform(scene, 'q')).toEqual(givenBack)
  })

  test('leaves every Node as it was', async () => {
    expect(await antctlOk('status')).toMatch(/encap everywhere/u)
    expect(await kubectl('get', 'probesessions.antctl.internal', '-o', 'name')).toBe('')
  })
})

/** Low enough that whatever is long has to be scrolled; answers what has become of the terminal in the end. */
async function perform(scene: Scene, by: keyof typeof leaving) {
  using pty = await sitDown({columns: 120, rows: 30})
  await play(pty, ...scene.map(([, typed, shows]) => [typed, shows] as const))
  return await left(pty, leaving[by])
}
