import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {execa} from 'execa'
import {afterEach, beforeAll, describe, expect, test} from 'vitest'
import {kubeconfigPath} from '../../lab/lab.ts'
import {withoutApiServer} from '../long/api-away.ts'
import {pidOf, signal, until} from '../long/node.ts'
import {judged} from '../long/restarts.ts'
import {seeded} from '../long/sizes.ts'
import {isWhole, pairOf, underTraffic} from '../long/stream.ts'
import {
  agentConf,
  backToEncap,
  configuration,
  isProven,
  modes,
  otherMode,
  startChange,
  writeAgentConf,
} from './change-under-way.ts'
import {antctl, antctlLines, antctlOk, kubectl, lab, startPods, type TestPod} from './cluster.ts'

const random = seeded()
const program = join(import.meta.dirname, '..', '..', 'bin', 'antctl')
let ips: Readonly<Record<TestPod, string>>

/** Milliseconds, where the machine may be to blame and it is tried again. */
const patience = 480_000

beforeAll(async () => {
  await backToEncap()
  ips = await startPods()
})
afterEach(backToEncap)

describe('Pods lose nothing', () => {
  /** A change under TCP and UDP between two Pods of one subnet, with something that happens in its middle. */
  async function changed(what: string, middle: () => Promise<unknown>) {
    const pair = pairOf('same-subnet', ips)
    return judged(what, pair, async () => {
      const mode = await otherMode()
      let events: readonly unknown[] = []
      const account = await underTraffic(pair, async () => {
        const change = startChange(mode, '--soak', '1s')
        await change.isHalfWay()
        await middle()
        const {exitCode, stderr} = await change.ended
        expect([exitCode, stderr]).toEqual([0, ''])
        events = change.told
      })
      return {account, events, mode}
    })
  }

  test(
    'while an agent is killed in the middle',
    async () => {
      const {account, events, mode} = await changed('an agent killed in the middle', async () => {
        const killed = await signal('n2', 'antrea-agent', 'KILL')
        await until('n2 has another one', async () => ![undefined, killed].includes(await pidOf('n2', 'antrea-agent')))
      })
      expect(isWhole(account)).toBe(true)
      expect(events.at(-1)).toMatchObject({event: 'ended', state: 'done'})
      expect(await modes()).toBe(Array.from({length: 4}, () => mode).join(' '))
    },
    patience,
  )

  test(
    'while the API server is gone for half a minute',
    async () => {
      const how = random() < 0.5 ? 'killed' : 'stopped'
      const {account, events} = await changed(`API server ${how} in the middle`, () =>
        withoutApiServer(how, () => sleep(30_000)),
      )
      expect(isWhole(account)).toBe(true)
      expect(events).toContainEqual(expect.objectContaining({event: 'wait', why: expect.stringMatching(/API server/u)}))
      expect(events.at(-1)).toMatchObject({event: 'ended', state: 'done'})
    },
    patience,
  )
})

test('two Nodes are cut from each other: too much is lost, all goes back with the same proof, and the pair is named', async () => {
  const before = await configuration()
  const change = startChange('hybrid', '--soak', '5s')
  try {
    await change.isHalfWay()
    await lab('cut', 'n1:n3')
    const {exitCode, stderr} = await change.ended
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/from n[13] to n[13].*CHANGE_ROLLED_BACK/su)])
  } finally {
    await lab('heal', 'n1:n3')
  }
  const back = change.told.filter((event) => isProven(event) && event.direction === 'back')
  expect(new Set(back.map(({node}) => node))).toEqual(new Set(changedBy(change.told)))
  expect(await configuration()).toBe(before)
  expect(await modes()).toBe('encap encap encap encap')
  expect(await antctlOk('check', 'mode', '--expect', 'encap', '--seconds', '1')).not.toContain('✗')
})

/** Nodes that were told of the new mode. */
function changedBy(told: ReturnType<typeof startChange>['told']): readonly (string | undefined)[] {
  return told.filter(({event, direction}) => event === 'node' && direction === 'forward').map(({node}) => node)
}

test('somebody edits the ConfigMap: it stops, overwrites nothing of theirs, and goes on once the edit is taken back', async () => {
  const [before, text] = [await configuration(), await agentConf()]
  const change = startChange('hybrid', '--soak', '3s')
  await change.isHalfWay()
  await writeAgentConf(`${text}\n# mine\n`)
  const {exitCode, stderr} = await change.ended
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/CHANGE_FOREIGN.*--resume/su)])
  expect(await agentConf()).toBe(`${text}\n# mine\n`)
  await writeAgentConf(text)
  expect(await antctlOk('set-mode', '--resume')).toContain('All 4 Nodes run hybrid.')
  await antctlOk('set-mode', '--undo', '--yes', '--no-preflight')
  expect(await configuration()).toBe(before)
})

test('a second change, an undo and a restart are refused meanwhile, and it goes on', async () => {
  const change = startChange('hybrid', '--soak', '4s')
  await change.isHalfWay()
  const others = await Promise.all([
    antctl('set-mode', 'noEncap', '--yes', '--no-preflight'),
    antctl('set-mode', '--undo', '--yes'),
    antctl('restart', '--nodes', 'n4', '--yes'),
  ])
  for (const {exitCode, stderr} of others) {
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('CHANGE_RUNNING')])
  }
  expect((await change.ended).exitCode).toBe(0)
})

test('while agents are restarted no change begins, and status says who is at it', async () => {
  const before = await agentConf()
  const began = Promise.withResolvers<void>()
  const restart = antctlLines(() => began.resolve(), 'restart', '--nodes', 'n1', '--yes', '--events')
  await began.promise
  // What is silent keeps the restart waiting.
  await signal('n2', 'antrea-agent', 'STOP')
  try {
    expect(await antctlOk('set-mode', '--status')).toContain('(antctl restart) is at it')
    const {exitCode, stderr} = await antctl('set-mode', 'hybrid', '--yes', '--no-preflight')
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/agents are started anew.*CHANGE_RUNNING/su)])
    expect(await agentConf()).toBe(before)
  } finally {
    await signal('n2', 'antrea-agent', 'CONT')
    restart.kill('SIGINT')
  }
  await restart
})

test('the disk of the laptop is full: the change goes on to its end, and says so', async () => {
  const command = `exec ${program} set-mode hybrid --yes --no-preflight --max-loss report --events > /dev/full`
  const env = {KUBECONFIG: kubeconfigPath, NO_COLOR: '1'}
  const {exitCode, stderr} = await execa('sh', ['-c', command], {env, reject: false})
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/went on to its end.*ENOSPC.*FILE/su)])
  expect(await modes()).toBe('hybrid hybrid hybrid hybrid')
})

describe('a cordoned Node', () => {
  afterEach(() => kubectl('uncordon', 'n4'))

  test('skip: the others change, and it follows when the ConfigMap says it', async () => {
    await kubectl('cordon', 'n4')
    expect(await antctlOk('set-mode', 'hybrid', '--yes', '--no-preflight', '--not-ready', 'skip')).toMatch(
      /All 4 Nodes run hybrid, but for n4/u,
    )
    await until('n4 runs it', async () => (await modes()) === 'hybrid hybrid hybrid hybrid')
  })

  test('stop: nothing more is told, and undone all is as before', async () => {
    const before = await configuration()
    await kubectl('cordon', 'n4')
    const {exitCode, stderr} = await antctl('set-mode', 'hybrid', '--yes', '--no-preflight', '--not-ready', 'stop')
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/n4 is cordoned.*--resume.*--undo/su)])
    await antctlOk('set-mode', '--undo', '--yes', '--no-preflight')
    expect(await configuration()).toBe(before)
  })

  test('wait: until somebody has uncordoned it', async () => {
    await kubectl('cordon', 'n4')
    const change = startChange('hybrid')
    await change.has('n4 is waited for', ({node, state}) => node === 'n4' && state === 'away')
    await kubectl('uncordon', 'n4')
    expect((await change.ended).exitCode).toBe(0)
    expect(await modes()).toBe('hybrid hybrid hybrid hybrid')
  })
})
