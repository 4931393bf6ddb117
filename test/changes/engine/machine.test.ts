import {describe, expect, test} from 'vitest'
import type {ChangeOptions, StoredPlan} from '../../../src/model/change.ts'
import type {ChangeEvent} from '../../../src/model/change-event.ts'
import {abortChange} from '../../../src/changes/engine/abort.ts'
import {carryOut, type DrivingOptions, resumeChange, undoChange} from '../../../src/changes/engine/drive-change.ts'
import {statusOf} from '../../../src/changes/engine/status.ts'
import {isMapping} from '../../../src/model/config/place.ts'
import {AntctlError} from '../../../src/model/errors.ts'
import {faultsOf, publishedSchema} from '../../json-schema.ts'
import {agent} from '../../diagnostics/agents.ts'
import {calm, type Interfere, openWorld, type World} from './world.ts'

const before = '# ours\ntrafficEncapMode: encap\n'
const after = '# ours\ntrafficEncapMode: hybrid\n'
const careful: ChangeOptions = {maxLoss: 0, soakSeconds: 0, notReady: 'wait'}

function wanted(options: Partial<ChangeOptions> = {}, phases = [['n1'], ['n2', 'n3'], ['n4']]) {
  const plan: StoredPlan = {
    version: 1,
    scope: 'cluster',
    from: 'encap',
    to: 'hybrid',
    noSNAT: {from: false, to: false},
    phases: phases.map((nodes, at) => ({name: at === 0 ? 'canary' : `batch ${at}`, nodes})),
    options: {...careful, ...options},
  }
  return {plan, config: {before, after}, by: 'somebody'}
}

function driving(holder = 'a', more: Partial<DrivingOptions> = {}): DrivingOptions {
  return {holder, signal: new AbortController().signal, patience: 20_000, tell: () => undefined, ...more}
}

/** Once, right before the first call of that name that comes when `isTime`. */
function once(call: string, isTime: () => boolean, work: () => void): Interfere {
  let isOver = false
  return (name, when) => {
    if (isOver || name !== call || when !== 'before' || !isTime()) return
    isOver = true
    work()
  }
}

const failed = (run: Promise<void>) =>
  run.then(
    () => undefined,
    (error: unknown) => error,
  )
const modesOf = async (world: World) =>
  (await world.process().agentInfos()).map(({networkInfo}) => networkInfo.trafficEncapMode).join(' ')
const expectAsBefore = (world: World) => {
  expect(world.text).toBe(before)
  expect([...world.nodeConfigs]).toEqual([])
}

describe('in order', () => {
  test('Node by Node, the ConfigMap when all run it, the AntreaNodeConfigs away; and the other way round', async () => {
    const world = openWorld(before)
    await carryOut(world.process(), wanted(), driving())
    expect(world.acts).toEqual([
      'record',
      'put n1',
      'put n2',
      'put n3',
      'put n4',
      'config',
      'delete n1',
      'delete n2',
      'delete n3',
      'delete n4',
    ])
    world.acts.length = 0
    await undoChange(world.process(), driving())
    expect(world.acts).toEqual([
      'put n4',
      'put n2',
      'put n3',
      'put n1',
      'config',
      'delete n1',
      'delete n2',
      'delete n3',
      'delete n4',
    ])
    expectAsBefore(world)
    expect(await failed(undoChange(world.process(), driving()))).toMatchObject({code: 'CHANGE_NONE'})
  })

  test('while some Nodes differ, each is proven by its own mode', async () => {
    const world = openWorld(before)
    const seen: string[] = []
    const look: Interfere = (name) => void (name === 'drift' && seen.push([...world.nodeConfigs.keys()].join(' ')))
    await carryOut(world.process(look), wanted(), driving())
    expect(seen[0]).toBe('n1')
  })

  test('a soak is watched by the probe, and every step tells of its losses', async () => {
    const world = openWorld(before)
    const start = world.clock
    const events: ChangeEvent[] = []
    await carryOut(world.process(), wanted({soakSeconds: 60}), driving('a', {tell: (event) => events.push(event)}))
    expect(world.clock - start).toBeGreaterThanOrEqual(180_000)
    expect(events.filter(({event}) => event === 'probe').length).toBeGreaterThan(150)
    const journal = world.record()?.journal
    expect(journal?.steps[0]?.worst).toMatchObject({from: 'n1', to: 'n2', roundTrip: {median: 1, p99: 3}})
    expect(journal?.events.map(({event}) => event)).not.toContain('pairs')
    expect(events.flatMap((event) => (event.event === 'pairs' ? [event.step] : []))).toEqual([
      'canary',
      'batch 1',
      'batch 2',
      'AntreaNodeConfigs',
    ])
    expect(journal?.steps.map(({name, loss}) => `${name} ${loss?.lost ?? '-'}`)).toEqual([
      'canary 0',
      'batch 1 0',
      'batch 2 0',
      'ConfigMap 0',
      'AntreaNodeConfigs 0',
    ])
    expect(new Set(events.map(({change}) => change)).size).toBe(1)
    const schema = publishedSchema('change-event')
    expect(events.flatMap((event) => faultsOf(event, schema))).toEqual([])
  })
})

describe('the proof fails', () => {
  const pair = {from: 'n2', to: 'n4', form: 'live', sent: 80, lost: 3, longestGap: 40}
  const lossy = {...calm, lost: 3, longestGap: 40, pairs: [pair]}

  test('loss above the limit: everything goes back, and the pair is named', async () => {
    const world = openWorld(before)
    const interfere = once(
      'drift',
      () => world.nodeConfigs.has('n3'),
      () => void world.looks.push(lossy),
    )
    const events: ChangeEvent[] = []
    const tell = (event: ChangeEvent) => void events.push(event)
    const error = await failed(carryOut(world.process(interfere), wanted(), driving('a', {tell})))
    expect(error).toMatchObject({code: 'CHANGE_ROLLED_BACK', message: expect.stringMatching(/3 from n2 to n4/u)})
    const schema = publishedSchema('change-event')
    expect(events.flatMap((event) => faultsOf(event, schema))).toEqual([])
    expect(new Set(events.map(({event}) => event))).toEqual(
      new Set(['began', 'step', 'node', 'probe', 'pairs', 'turned', 'ended']),
    )
    expectAsBefore(world)
    expect(await modesOf(world)).toBe('encap encap encap encap')
    expect(world.acts).not.toContain('config')
    expect(world.acts).not.toContain('put n4')
  })

  test('loss within the limit is told, and it goes on', async () => {
    const world = openWorld(before)
    const interfere = once(
      'drift',
      () => world.nodeConfigs.has('n3'),
      () => void world.looks.push(lossy),
    )
    await carryOut(world.process(interfere), wanted({maxLoss: 3}), driving())
    expect(world.record()?.journal.steps.reduce((sum, {loss}) => sum + (loss?.lost ?? 0), 0)).toBe(3)
  })

  test('loss before anything was changed: nothing is', async () => {
    const world = openWorld(before)
    world.looks.push(lossy)
    const error = await failed(carryOut(world.process(), wanted(), driving()))
    expect(error).toMatchObject({code: 'CHANGE_ROLLED_BACK', message: expect.stringMatching(/nothing was changed/u)})
    expect(world.acts).toEqual(['record'])
  })

  test.each([
    ['that does not answer', (world: World) => world.silentAgents.add('n4')],
    ['that is not Ready', (world: World) => world.away.set('n4', 'is not Ready')],
  ])('loss with a Node %s is its absence', async (_what, leave) => {
    const world = openWorld(before)
    const interfere = once(
      'drift',
      () => world.nodeConfigs.has('n2'),
      () => {
        leave(world)
        world.looks.push(lossy)
      },
    )
    const back = once(
      'startProbe',
      () => world.nodeConfigs.has('n4'),
      () => world.silentAgents.clear(),
    )
    const returns = once(
      'sleep',
      () => world.nodeConfigs.has('n4'),
      () => {
        world.away.clear()
        world.silentAgents.clear()
      },
    )
    const all: Interfere = (...given) => [interfere, back, returns].forEach((one) => one(...given))
    await carryOut(world.process(all), wanted(), driving())
    expect(world.text).toBe(after)
  })

  test('loss with a Node that only answers late counts: it gives its next account', async () => {
    const world = openWorld(before, {}, undefined, () => ({answers: async () => false}))
    const interfere = once(
      'drift',
      () => world.nodeConfigs.has('n2'),
      () => void world.looks.push(lossy),
    )
    const error = await failed(carryOut(world.process(interfere), wanted(), driving()))
    expect(error).toMatchObject({code: 'CHANGE_ROLLED_BACK', message: expect.stringMatching(/3 from n2 to n4/u)})
    expectAsBefore(world)
  })

  test('a Node that does not follow is named, and everything goes back', async () => {
    const world = openWorld(before)
    world.stuck.add('n3')
    const error = await failed(carryOut(world.process(), wanted(), driving()))
    expect(error).toMatchObject({
      code: 'CHANGE_ROLLED_BACK',
      message: expect.stringMatching(/n3: it still runs trafficEncapMode encap/u),
    })
    expectAsBefore(world)
  })

  test('and when it does not go back either, it stops with both ways out, and goes on later', async () => {
    const world = openWorld(before)
    const interfere = once(
      'readNodeConfigs',
      () => world.nodeConfigs.has('n3'),
      () => void world.stuck.add('n1').add('n3'),
    )
    const error = await failed(carryOut(world.process(interfere), wanted(), driving()))
    // n3 had no time to change; n1 keeps the new mode.
    expect(error).toMatchObject({
      code: 'CHANGE_UNVERIFIED',
      message: expect.stringMatching(/not every Node follows: n3: /u),
      remedy: expect.arrayContaining([
        'antctl set-mode --resume goes on back to encap',
        'antctl set-mode --redo goes forward again to hybrid',
        expect.stringMatching(/--not-ready skip/u),
      ]),
    })
    expect(world.record()?.journal).toMatchObject({state: 'stopped', direction: 'back'})
    world.stuck.clear()
    expect(await failed(resumeChange(world.process(), driving('b')))).toMatchObject({code: 'CHANGE_ROLLED_BACK'})
    expectAsBefore(world)
  })
})

describe('a Node that is not there', () => {
  const away = () => {
    const world = openWorld(before)
    world.away.set('n2', 'is cordoned')
    return world
  }

  test('wait: until it is back', async () => {
    const world = away()
    const events: ChangeEvent[] = []
    const end = world.clock + 600_000
    const interfere: Interfere = (name) => void (name === 'sleep' && world.clock > end && world.away.clear())
    await carryOut(world.process(interfere), wanted(), driving('a', {tell: (event) => events.push(event)}))
    expect(world.clock).toBeGreaterThan(end)
    expect(events).toContainEqual(
      expect.objectContaining({event: 'node', node: 'n2', state: 'away', why: 'is cordoned'}),
    )
    expect(await modesOf(world)).toBe('hybrid hybrid hybrid hybrid')
  })

  test('wait, but not for ever', async () => {
    const world = away()
    const error = await failed(carryOut(world.process(), wanted(), driving('a', {waiting: 60})))
    expect(error).toMatchObject({
      code: 'CHANGE_STOPPED',
      message: expect.stringMatching(/n2 did not come back within 60 s/u),
    })
  })

  test('skip: the others go on, and it has the right mode when it is back', async () => {
    const world = away()
    world.stuck.add('n2')
    await carryOut(world.process(), wanted({notReady: 'skip'}), driving())
    expect(world.record()?.journal).toMatchObject({
      state: 'done',
      nodes: {n2: {state: 'skipped'}, n3: {state: 'verified'}},
    })
    expect((await statusOf(world.process())).change?.standing.sentence).toMatch(/but for n2/u)
    world.stuck.clear()
    expect(await modesOf(world)).toBe('hybrid hybrid hybrid hybrid')
    await undoChange(world.process(), driving())
    expectAsBefore(world)
  })

  test('stop: nothing of that batch is told', async () => {
    const world = away()
    const error = await failed(carryOut(world.process(), wanted({notReady: 'stop'}), driving()))
    expect(error).toMatchObject({code: 'CHANGE_STOPPED', message: expect.stringMatching(/n2 is cordoned/u)})
    expect([...world.nodeConfigs.keys()]).toEqual(['n1'])
    world.away.clear()
    await resumeChange(world.process(), driving())
    expect(world.text).toBe(after)
  })
})

describe('somebody else', () => {
  const foreign = `${before}logVerbosity: 4\n`

  test('edits the ConfigMap in the middle: it stops, and undoes without touching that', async () => {
    const world = openWorld(before)
    const edit = once(
      'readConfig',
      () => world.nodeConfigs.size === 3,
      () => void (world.text = foreign),
    )
    const error = await failed(carryOut(world.process(edit), wanted(), driving()))
    expect(error).toMatchObject({code: expect.stringMatching(/CHANGE_FOREIGN|CHANGE_ROLLED_BACK/u)})
    if (world.record()?.journal.state === 'stopped') await undoChange(world.process(), driving())
    expect(world.text).toBe(foreign)
    expect([...world.nodeConfigs]).toEqual([])
  })

  test('edits it long after: undo is refused with the way out, and nothing is changed', async () => {
    const world = openWorld(before)
    await carryOut(world.process(), wanted(), driving())
    world.text = `${after}logVerbosity: 4\n`
    world.acts.length = 0
    const error = await failed(undoChange(world.process(), driving()))
    expect(error).toMatchObject({
      code: 'CHANGE_FOREIGN',
      remedy: expect.arrayContaining([expect.stringMatching(/^antctl set-mode encap/u)]),
    })
    expect(world.acts).toEqual([])
    expect(world.record()?.journal.state).toBe('done')
    world.text = after
    await undoChange(world.process(), driving())
    expectAsBefore(world)
  })

  test.each([
    [
      'edits',
      (world: World) => world.nodeConfigs.set('n1', {content: {spec: {agent: {logVerbosity: 5}}}, version: 999}),
    ],
    ['takes away', (world: World) => world.nodeConfigs.delete('n1')],
  ])('%s an AntreaNodeConfig in the middle: it stops, and overwrites nothing', async (_what, edit) => {
    const world = openWorld(before)
    const interfere = once(
      'readNodeConfigs',
      () => world.record()?.journal.nodes['n1']?.state === 'verified',
      () => void edit(world),
    )
    const error = await failed(carryOut(world.process(interfere), wanted(), driving()))
    expect(error).toMatchObject({code: 'CHANGE_FOREIGN', message: expect.stringMatching(/AntreaNodeConfig of n1/u)})
    expect(world.acts).toEqual(['record', 'put n1'])
  })

  test('restarts agents in the middle and after: that is carried along, and stops nothing', async () => {
    const world = openWorld(before)
    const restart = (node: string) => {
      const content = world.nodeConfigs.get(node)?.content
      const spec = {
        ...(isMapping(content?.['spec']) ? content['spec'] : {}),
        restartRequestedAt: '2026-11-27T20:00:00Z',
      }
      world.nodeConfigs.set(node, {content: {...content, spec}, version: 5_000 + world.acts.length})
    }
    const interfere = once(
      'drift',
      () => world.nodeConfigs.has('n3'),
      () => ['n1', 'n4'].forEach(restart),
    )
    await carryOut(world.process(interfere), wanted(), driving())
    await undoChange(world.process(), driving())
    expect(world.text).toBe(before)
    expect([...world.nodeConfigs].map(([node, {content}]) => `${node} ${JSON.stringify(content)}`).sort()).toEqual(
      ['n1', 'n4'].map((node) => `${node} {"spec":{"restartRequestedAt":"2026-11-27T20:00:00Z"}}`),
    )
  })

  test('begins a second change: refused with who, and the ways on', async () => {
    const world = openWorld(before)
    let second: unknown
    const interfere = once(
      'drift',
      () => true,
      () => {
        second = failed(carryOut(world.process(), wanted(), driving('b')))
      },
    )
    await carryOut(world.process(interfere), wanted(), driving())
    expect(await second).toMatchObject({
      code: 'CHANGE_RUNNING',
      message: expect.stringMatching(/encap to hybrid by somebody/u),
    })
    expect(world.text).toBe(after)
  })

  test('two begin at once: one of them does it', async () => {
    const world = openWorld(before)
    const both = await Promise.all(
      ['a', 'b'].map((holder) => failed(carryOut(world.process(), wanted(), driving(holder)))),
    )
    expect(both.filter((error) => error === undefined).length).toBe(1)
    expect(both).toContainEqual(expect.objectContaining({code: 'CHANGE_RUNNING'}))
  })

  test('takes the lease over: who had it stops at once, and writes nothing more', async () => {
    const world = openWorld(before)
    let acts = 0
    const steal = once(
      'drift',
      () => world.nodeConfigs.has('n3'),
      () => {
        world.lease = {holder: 'thief', renewed: 'now', version: 10_000}
        world.clock += 6_000
        acts = world.acts.length
      },
    )
    const error = await failed(carryOut(world.process(steal), wanted(), driving()))
    expect(error).toMatchObject({code: 'CHANGE_RUNNING', message: expect.stringMatching(/thief/u)})
    expect(world.acts.length).toBe(acts)
  })

  /** A driver that is killed once the first Node was told. */
  const dies =
    (world: World): Interfere =>
    (name) => {
      if (name === 'drift' || (name.startsWith('write') && world.nodeConfigs.size > 0)) throw new Error('killed')
    }

  test('still renews the lease: resume is refused', async () => {
    const world = openWorld(before)
    await failed(carryOut(world.process(dies(world)), wanted(), driving('a')))
    const renew: Interfere = (name) =>
      void (name === 'sleep' && (world.lease = {...world.lease, renewed: String(world.clock)}))
    expect(await failed(resumeChange(world.process(renew), driving('b')))).toMatchObject({code: 'CHANGE_RUNNING'})
  })

  test('has gone without a word: resume waits for the lease to end', async () => {
    const world = openWorld(before)
    await failed(carryOut(world.process(dies(world)), wanted(), driving('a')))
    expect(world.record()?.journal.state).toBe('running')
    const start = world.clock
    await resumeChange(world.process(), driving('b'))
    expect(world.clock - start).toBeGreaterThanOrEqual(15_000)
    expect(world.text).toBe(after)
  })
})

describe('broken off', () => {
  test('Ctrl-C: a sentence that says where it stands, what goes on and what goes back', async () => {
    const world = openWorld(before)
    const control = new AbortController()
    const interrupt = once(
      'drift',
      () => world.nodeConfigs.has('n2'),
      () => control.abort(new AntctlError('INTERRUPTED', 'interrupted')),
    )
    const error = await failed(carryOut(world.process(interrupt), wanted(), driving('a', {signal: control.signal})))
    expect(error).toMatchObject({
      code: 'INTERRUPTED',
      message: expect.stringMatching(/on the way to hybrid: at batch 2, 3 of 4 Nodes told, 3 proven/u),
      remedy: ['antctl set-mode --resume goes on to hybrid', 'antctl set-mode --undo goes back to encap'],
    })
    expect(world.lease.holder).toBeUndefined()
    await undoChange(world.process(), driving('b'))
    expectAsBefore(world)
  })

  test('--abort from elsewhere: it stops, and keeps what it has', async () => {
    const world = openWorld(before)
    let aborting: Promise<string> | undefined
    const ask = once(
      'drift',
      () => world.nodeConfigs.has('n2'),
      () => {
        aborting = abortChange(world.process())
      },
    )
    const error = await failed(carryOut(world.process(ask), wanted({soakSeconds: 30}), driving()))
    expect(error).toMatchObject({code: 'CHANGE_STOPPED', message: expect.stringMatching(/--abort/u)})
    expect(await aborting).toMatch(/batch 1/u)
    expect(world.nodeConfigs.size).toBe(3)
    await resumeChange(world.process(), driving('b'))
    expect(world.text).toBe(after)
  })

  test('the API server is gone for half a minute of a soak: it goes on', async () => {
    const world = openWorld(before)
    let from = Number.POSITIVE_INFINITY
    const gone: Interfere = (name, when) => {
      if (when !== 'before' || name === 'sleep') return
      if (name === 'observePairs') from = Math.min(from, world.clock + 2_000)
      if (world.clock >= from && world.clock < from + 30_000) throw new AntctlError('API_UNREACHABLE', 'no answer')
    }
    await carryOut(world.process(gone), wanted({soakSeconds: 3}), driving())
    expect(world.text).toBe(after)
  })

  test('the API server is gone for half a minute: it goes on', async () => {
    const world = openWorld(before)
    let until = 0
    const gone: Interfere = (name, when) => {
      if (when === 'before' && name === 'drift' && until === 0) until = world.clock + 30_000
      if (when === 'before' && name !== 'sleep' && world.clock < until) {
        throw new AntctlError('API_UNREACHABLE', 'no answer')
      }
    }
    const events: ChangeEvent[] = []
    await carryOut(world.process(gone), wanted(), driving('a', {tell: (event) => events.push(event)}))
    expect(events).toContainEqual(expect.objectContaining({event: 'wait', why: expect.stringMatching(/API server/u)}))
    expect(world.text).toBe(after)
  })
})

test('the record of a thousand Nodes with long names stays below 1 MiB, there and back', async () => {
  const agents = Array.from({length: 1_000}, (_, at) => {
    const name = `ip-10-${at >> 8}-${at & 255}-17.eu-central-1.compute.internal`
    return {...agent(at, 1), metadata: {name}, nodeRef: {kind: 'Node', name}, nodeSubnets: []}
  })
  const world = openWorld(before, {}, agents)
  const nodes = agents.map(({metadata}) => metadata.name)
  const batches = Array.from({length: 50}, (_, at) => nodes.slice(at * 20, at * 20 + 20))
  const sizes: number[] = []
  const measure: Interfere = (name, when) =>
    void (name === 'startProbe' && when === 'after' && sizes.push(world.size()))
  await carryOut(world.process(measure), wanted({}, batches), driving())
  await undoChange(world.process(), driving())
  sizes.push(world.size())
  expect(Math.max(...sizes)).toBeLessThan(1024 * 1024)
  expectAsBefore(world)
}, 300_000)
