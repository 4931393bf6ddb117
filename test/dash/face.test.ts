import {describe, expect, test} from 'vitest'
import {AntctlError} from '../../src/model/errors.ts'
import {frameOf} from '../../src/ui/dash/frame.ts'
import {pages} from '../../src/ui/dash/place.ts'
import {update} from '../../src/ui/dash/update.ts'
import {themeFor} from '../../src/ui/theme.ts'
import {stringWidth} from '../../src/ui/width.ts'
import {agent, fourAgents} from '../diagnostics/agents.ts'
import {happened, healthOf, now, opened, pathsOf, pressed, seen, well} from './states.ts'

const golden = (name: string) => `../golden/dash/${name}.txt`
const gone = new AntctlError(
  'API_UNREACHABLE',
  'the API server https://127.0.0.1:6443 did not answer: connect ECONNREFUSED',
  {
    remedy: ['check the server address of the kubeconfig'],
  },
)

describe('the overview', () => {
  test.each([80, 120, 200])('in %i columns', async (columns) => {
    await expect(seen(opened('overview', well, columns))).toMatchFileSnapshot(golden(`overview-${columns}`))
  })

  test('the worst is above, with what mends it', async () => {
    const infos = [agent(1, 1, {agentConditions: []}), ...fourAgents.slice(1)]
    const why = {sentence: 'you may not create probesessions', remedy: 'ask for the role antctl-operator'}
    const probe = {value: {by: 'nobody', why} as const, at: now}
    const state = opened('overview', {health: healthOf(infos, ['n3']), probe})
    await expect(seen(state)).toMatchFileSnapshot(golden('overview-ill'))
  })

  test('a Node that hangs is a stale row with its age and the time limit; the others are as they are now', async () => {
    const waited = {node: 'n2', since: now - 6_000, answered: now - 9_000, limit: 8_000}
    const state = opened('overview', {...well, health: healthOf(fourAgents, [], [waited])})
    await expect(seen(state)).toMatchFileSnapshot(golden('overview-late'))
  })

  test('before anything is known it says so, and why', () => {
    const state = opened('overview', {})
    expect(seen(state)).toContain('asks the cluster')
    const failed = happened(state, {kind: 'failed', feed: 'health', error: gone, at: now})
    expect(seen(failed)).toMatch(
      /^! no data: the API server.*\nNothing is known yet.*\n.*\nTry this:\n {2}check the server/mu,
    )
  })

  test('an API server that is gone leaves what was known, and its age', () => {
    const later = happened(opened('overview', well), {kind: 'failed', feed: 'health', error: gone, at: now + 30_000})
    expect(seen(later)).toMatch(/^! STALE, 32s old: the API server/mu)
    expect(seen(later)).toContain('All is well.')
  })

  test('what nobody answers any more is stale, too', () => {
    const later = happened(opened('overview', well), {kind: 'tick', now: now + 60_000})
    expect(seen(later)).toMatch(/^! STALE, 62s old: no answer since/mu)
  })
})

describe('keys', () => {
  const start = opened('overview', well)
  test('? shows every key, Esc goes back', () => {
    const help = pressed(start, '?')
    expect(seen(help)).toContain('Nothing is changed until a change is confirmed by typing.')
    expect(seen(pressed(help, '[escape]'))).toBe(seen(start))
  })

  test(': goes to a page by its name, and says what there is', () => {
    expect(seen(pressed(start, '?', ':over', '[enter]'))).toBe(seen(start))
    expect(seen(pressed(start, ':nonsense', '[enter]'))).toContain('! :nonsense is no command; there are overview')
    expect(seen(pressed(start, ':abc', '[backspace]', '[escape]'))).toBe(seen(start))
  })

  test.each([['q'], ['[interrupt]']])('%s quits', (key) => {
    const name = key === 'q' ? 'text' : 'interrupt'
    expect(update(start, {kind: 'key', key: {name, text: key === 'q' ? 'q' : ''}}).effects).toEqual([{do: 'quit'}])
    expect(update(start, {kind: 'key', key: {name: 'text', text: ':'}}).effects).toEqual([])
  })

  test('while a command is written q is a letter', () => {
    expect(seen(pressed(start, ':q'))).toMatch(/^:q$/mu)
    expect(update(pressed(start, ':q'), {kind: 'key', key: {name: 'enter', text: ''}}).effects).toEqual([{do: 'quit'}])
  })

  test('a page that is longer than the screen scrolls no further than its end', () => {
    const small = {...start, screen: {columns: 80, rows: 10}}
    const end = pressed(small, '[end]')
    expect(seen(end)).toContain('n4')
    expect(seen(pressed(end, '[down]'))).toBe(seen(end))
    expect(seen(pressed(end, '[home]'))).toBe(seen(small))
  })
})

describe('whatever comes', () => {
  test('pasted text is taken where something is written, on one line and without what a terminal obeys', () => {
    const garbage = `a\u001B[2Jb\n\u0000q\u202E${'x'.repeat(5_000)}`
    const state = opened('overview', well)
    expect(seen(happened(state, {kind: 'paste', text: garbage}))).toContain('! nothing is written here')
    const prompted = happened(pressed(state, ':'), {kind: 'paste', text: garbage})
    expect(prompted.prompt?.text).toMatch(/^a\[2Jb qx+$/u)
    expect(prompted.prompt?.text.length).toBeLessThanOrEqual(200)
  })

  test.each([1, 10, 40, 79, 80, 500])(
    'no line is longer than %i columns, and no frame higher than the screen',
    (columns) => {
      for (const rows of [1, 2, 3, 5, 24, 100])
        for (const colours of [0, 1] as const)
          for (const keys of [
            [],
            ['?'],
            [':text'],
            ...pages.map((_, at) => [String(at + 1)]),
            ['2', '[right]', '[enter]'],
          ]) {
            const facts = {...well, paths: pathsOf(fourAgents)}
            const frame = frameOf(pressed(opened('overview', facts, columns, rows), ...keys), themeFor(colours))
            expect(frame.length).toBeLessThanOrEqual(rows)
            for (const line of frame) expect(stringWidth(line)).toBeLessThanOrEqual(columns)
          }
    },
  )

  test('a name from the cluster cannot move the cursor', () => {
    const infos = [agent(1, 1, {nodeRef: {kind: 'Node', name: 'n1\u001B[2J\u202E'}})]
    const frame = frameOf(opened('overview', {health: healthOf(infos, ['n1\u001B[2J'])}), themeFor(0)).join('')
    // eslint-disable-next-line no-control-regex -- control characters are what this looks for
    expect(frame).not.toMatch(/[\u0000-\u001F\u202E]/u)
  })
})
