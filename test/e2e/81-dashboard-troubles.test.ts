import {afterAll, beforeAll, expect, test} from 'vitest'
import {kubeconfigPath} from '../../lab/lab.ts'
import {openPty} from '../dash/pty.ts'
import {withoutApiServer} from '../long/api-away.ts'
import {signal} from '../long/node.ts'
import {antctlOk, kubeconfigOf, kubectl, startPods} from './cluster.ts'
import {givenBack, keys, left, play, sitDown} from './dash-person.ts'
import {fabric} from './fabric.ts'

beforeAll(async () => {
  await startPods()
  await antctlOk('set-mode', 'encap', '--yes', '--no-preflight')
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

test('loss and round trips: measured while it is open, and somebody without the right is told which', async () => {
  {
    using pty = await sitDown()
    expect(await pty.until(/round trip +[▁-█]{2}/u, 60)).toMatch(/this dashboard's own: 12 pairs, 10 packets a second/u)
    expect(await kubectl('get', 'probesessions.antctl.internal', '-o', 'name')).toMatch(/^probesession\S+$/u)
    expect(await left(pty)).toEqual(givenBack)
  }
  expect(await kubectl('get', 'probesessions.antctl.internal', '-o', 'name')).toBe('')
  const file = await kubeconfigOf('looker')
  await kubectl(
    'create',
    'clusterrolebinding',
    'e2e-looker',
    '--clusterrole=antctl-user',
    '--serviceaccount=e2e:looker',
  )
  await kubectl(
    '-n',
    'kube-system',
    'create',
    'rolebinding',
    'e2e-looker',
    '--role=antctl-user',
    '--serviceaccount=e2e:looker',
  )
  using pty = openPty([], {columns: 120, rows: 40, env: {KUBECONFIG: file}})
  await pty.until(/No probes run: .*looker may not create.*probesessions/u, 60)
  expect(await left(pty)).toEqual(givenBack)
})
afterAll(async () => {
  await kubectl('delete', 'clusterrolebinding', 'e2e-looker', '--ignore-not-found')
  await kubectl('-n', 'kube-system', 'delete', 'rolebinding', 'e2e-looker', '--ignore-not-found')
})

test('SNAT alone: chosen in the mode that runs, planned, confirmed by its own word, undone', async () => {
  await fabric('replace')
  try {
    await antctlOk('set-mode', 'noEncap', '--yes', '--no-preflight')
    using pty = await sitDown()
    await play(
      pty,
      ['8', /▸ noEncap .*4 Nodes run it/u],
      ['nn', /Enter shows what without SNAT alone/u],
      [keys.enter, /noSNAT: false → true[^]*Change 4 Nodes to noEncap, without SNAT\? Type no-snat/u],
      ['noEncap\r', /nothing was changed/u],
    )
    await play(
      pty,
      [keys.escape, /Which way are packets/u],
      [keys.enter, /Type no-snat/u],
      ['no-snat\r', /Nodes proven/u],
    )
    await pty.until(/All 4 Nodes run noEncap/u, 60)
    expect(await antctlOk('get', 'agentinfo', '-o', 'wide')).toMatch(/SNAT/u)
    await play(pty, [keys.enter, /u undoes it/u], ['u', /byte for byte/u], ['undo\r', /going back/u])
    await pty.until(/configuration is as it was before/u, 60)
    expect(await left(pty)).toEqual(givenBack)
  } finally {
    await antctlOk('set-mode', 'encap', '--snat', '--yes', '--no-preflight')
    await fabric('del')
  }
}, 240_000)

test('a Node that hangs is a stale row beside fresh ones; of an API server that is gone stays what was known', async () => {
  using pty = await sitDown()
  await pty.until(/4 healthy, all answer/u, 60)
  await signal('n2', 'antrea-agent', 'STOP')
  try {
    const hung = await pty.until(
      /^https.* [0-6]s old[^]*~ STALE: n2: no answer for \d+ s \(a question is given 8 s\); what/mu,
      60,
    )
    expect(hung).toMatch(/^~ n2 +healthy/mu)
    await pty.until(/^https.* [0-6]s old[^]*✗ agents: the agent of n2 does not answer/mu, 60)
    await play(pty, ['4', /Routes: \d+[^]*STALE \(~\): n2/u], ['1', /4 on 4 Nodes/u])
  } finally {
    await signal('n2', 'antrea-agent', 'CONT')
  }
  await pty.until(/4 healthy, all answer/u, 60)
  await withoutApiServer('stopped', async () => {
    expect(await pty.until(/! STALE, \d+s old/u, 60)).toMatch(/4 on 4 Nodes/u)
    await play(pty, ['?', /\[Help\]/u], [keys.escape, /4 on 4 Nodes/u])
  })
  await pty.until(/^https.* [0-9]s old/mu, 60)
  expect(await left(pty)).toEqual(givenBack)
  await kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s')
})
