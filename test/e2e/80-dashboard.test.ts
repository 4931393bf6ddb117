import {afterAll, beforeAll, expect, test} from 'vitest'
import {kubeconfigPath} from '../../lab/lab.ts'
import {openPty, type Pty} from '../dash/pty.ts'
import {withoutApiServer} from '../long/api-away.ts'
import {signal} from '../long/node.ts'
import {antctl, antctlOk, kubectl, startPods} from './cluster.ts'

/** A person at a terminal of 120 by 40. */
function open(): Pty {
  return openPty([], {columns: 120, rows: 40, env: {KUBECONFIG: kubeconfigPath}})
}

const keys = {
  up: '\u001B[A',
  down: '\u001B[B',
  right: '\u001B[C',
  left: '\u001B[D',
  enter: '\r',
  escape: '\u001B',
  end: '\u001B[F',
} as const

/** One key or word after the other, each when the screen shows what comes before it. */
async function play(pty: Pty, ...steps: readonly (readonly [keys: string, shows: RegExp])[]): Promise<string> {
  let screen = ''
  for (const [typed, shows] of steps) {
    pty.write(typed)
    screen = await pty.until(shows, 30)
  }
  return screen
}

async function left(pty: Pty): Promise<void> {
  pty.write('q')
  expect(await pty.ended).toBe(0)
  expect([pty.isAlternate(), pty.isCursorHidden()]).toEqual([false, false])
}

beforeAll(async () => {
  await startPods()
  await antctlOk('set-mode', 'encap', '--yes', '--no-preflight')
})
afterAll(async () => {
  await antctl('set-mode', '--undo', '--yes')
  await antctlOk('set-mode', 'encap', '--yes', '--no-preflight')
})

test('pages, filters and YAML, by their keys', async () => {
  using pty = open()
  await pty.until(/All is well|Not all is well/u)
  expect(await pty.until(/n4 +healthy +encap/u)).toMatch(/4 on 4 Nodes/u)
  await play(
    pty,
    ['2', /IPv4: 4 Nodes/u],
    [keys.right + keys.right, /n1 → n3/u],
    [keys.enter, /n1 → n3.*predicted.*installed ═ tunnelled[^]*n3 → n1/u],
    ['t', /✓ routed|✓ tunnelled/u],
    [keys.escape, /n1 ↔ n3/u],
    [keys.escape, /IPv4: 4 Nodes/u],
    ['3', /Flows: \d+/u],
    ['/L3Forwarding n1 !every', /Flows: \d+ of \d+/u],
    [keys.enter, /▸ +n1 +L3Forwarding/u],
    ['s', /by NODE ▲/u],
    ['S', /by NODE ▼/u],
    ['w', /wide/u],
    ['y', /\[YAML\][^]*table: L3Forwarding/u],
    [keys.escape, /Flows: \d+ of \d+/u],
    [':routes\r', /Routes: \d+/u],
    ['f', /following/u],
    [':pods\r', /e2e +far/u],
    ['/far', /Pods: 1 of/u],
    [keys.enter, /▸/u],
    ['t', /e2e\/far sends; who is to get it\?/u],
    [keys.escape, /Who sends\?/u],
    [keys.escape, /Pods: 1 of/u],
    ['6', /Events: \d+, following/u],
    ['?', /Nothing is changed until/u],
    [keys.escape, /Events: \d+/u],
    ['1', /4 on 4 Nodes/u],
  )
  await left(pty)
})

test('a packet between two Pods, box by box, there and back', async () => {
  using pty = open()
  await pty.until(/4 on 4 Nodes/u)
  const walk = await play(
    pty,
    ['7', /e2e\/a/u],
    ['e2ea', /▸ e2e\/a/u],
    [keys.enter, /e2e\/a sends/u],
    ['far', /▸ e2e\/far/u],
    [keys.enter, /✓ tunnelled/u],
    [keys.down, /▸ │/u],
  )
  expect(walk).toMatch(/packets have met it/u)
  const end = await play(pty, [keys.end, /on the way back/u])
  expect(end).toMatch(/the answer/u)
  await left(pty)
})

test('trace-packet and set-mode without a word ask, and tell the command that would have done it', async () => {
  const env = {KUBECONFIG: kubeconfigPath}
  {
    using pty = openPty(['trace-packet'], {columns: 100, rows: 90, env})
    await pty.until(/Who sends\?/u)
    await play(pty, ['e2ea', /▸ e2e\/a/u], [keys.enter, /Who is to get it\?/u], ['e2efar', /▸ e2e\/far/u])
    pty.write(keys.enter)
    expect(await pty.until(/✓ tunnelled/u)).toContain('antctl trace-packet -S e2e/a -D e2e/far')
    expect(await pty.ended).toBe(0)
  }
  using pty = openPty(['set-mode'], {columns: 100, rows: 50, env})
  await pty.until(/Which way are packets/u)
  await play(pty, [keys.down, /▸ hybrid/u], [keys.enter, /Type "yes"/u], ['no\r', /nothing was changed/u])
  expect(await pty.ended).toBe(2)
})

test('a change of mode by keys: planned, confirmed, watched, undone', async () => {
  using pty = open()
  await pty.until(/4 on 4 Nodes/u)
  const plan = await play(
    pty,
    ['8', /encap .*4 Nodes run it/u],
    [keys.down, /▸ hybrid/u],
    [keys.enter, /Change 4 Nodes to hybrid\?/u],
  )
  expect(plan).toMatch(/n1 +· +T═▶R─ +· +·/u)
  await play(pty, ['hybri\r', /nothing was changed/u], ['d\r', /\d of 4 Nodes proven/u])
  await pty.until(/All 4 Nodes run hybrid/u, 90)
  expect(await antctlOk('status')).toMatch(/hybrid everywhere/u)
  await play(pty, [keys.enter, /u undoes it/u], ['u', /byte for byte/u], ['undo\r', /going back/u])
  await pty.until(/configuration is as it was before/u, 90)
  expect(await antctlOk('status')).toMatch(/encap everywhere/u)
  await left(pty)
})

test('paused, left, found again from its journal, and carried on', async () => {
  {
    using pty = open()
    await pty.until(/4 on 4 Nodes/u)
    await play(
      pty,
      ['8', /4 Nodes run it/u],
      [keys.down, /▸ hybrid/u],
      [keys.enter, /Change 4 Nodes to hybrid\?/u],
      ['hybrid\r', /[1-4] of 4 Nodes proven/u],
      ['p', /paused by hand/u],
    )
    await left(pty)
  }
  using pty = open()
  await pty.until(/4 on 4 Nodes/u)
  await play(pty, ['8', /on the way to hybrid/iu], ['r', /Type resume/u], ['resume\r', /Nodes proven/u])
  expect(await pty.until(/All 4 Nodes run hybrid/u, 120)).toContain('encap → hybrid')
  await left(pty)
  await antctlOk('set-mode', '--undo', '--yes')
})

test('a Node that hangs and an API server that is gone: what was known stays, and says how old it is', async () => {
  using pty = open()
  await pty.until(/4 on 4 Nodes: 4 healthy, all answer/u, 60)
  await signal('n2', 'antrea-agent', 'STOP')
  try {
    await play(pty, ['4', /Routes: \d+/u])
    expect(await pty.until(/STALE \(~\): n2/u, 60)).toMatch(/Routes: \d+/u)
  } finally {
    await signal('n2', 'antrea-agent', 'CONT')
  }
  await play(pty, ['1', /4 on 4 Nodes/u])
  await withoutApiServer('stopped', async () => {
    expect(await pty.until(/! STALE, \d+s old/u, 60)).toMatch(/4 on 4 Nodes/u)
    await play(pty, ['?', /\[Help\]/u], [keys.escape, /4 on 4 Nodes/u])
  })
  await pty.until(/^https.* [0-9]s old/mu, 60)
  await left(pty)
  await kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s')
})
