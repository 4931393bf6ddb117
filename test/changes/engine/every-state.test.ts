import {describe, expect, test} from 'vitest'
import {abortChange} from '../../../src/changes/engine/abort.ts'
import {carryOut, redoChange, resumeChange, undoChange} from '../../../src/changes/engine/drive-change.ts'
import {statusOf} from '../../../src/changes/engine/status.ts'
import {AntctlError} from '../../../src/model/errors.ts'
import {calm, type Interfere, openWorld, type World} from './world.ts'

const [before, after] = ['# ours\ntrafficEncapMode: noEncap\n', '# ours\ntrafficEncapMode: encap\n']
const phases = [
  {name: 'canary', nodes: ['n1']},
  {name: 'batch 1', nodes: ['n2', 'n3']},
  {name: 'batch 2', nodes: ['n4']},
]
const plan = {
  version: 1,
  scope: 'cluster',
  from: 'noEncap',
  to: 'encap',
  noSNAT: {from: false, to: false},
  phases,
  options: {maxLoss: 0, soakSeconds: 0, notReady: 'wait'},
} as const
const wanted = {plan, config: {before, after}, by: 'somebody'}
const driving = (holder: string) => ({
  holder,
  signal: new AbortController().signal,
  patience: 5_000,
  tell: () => undefined,
})

const commands = {
  resume: (world: World) => resumeChange(world.process(), driving('b')),
  undo: (world: World) => undoChange(world.process(), driving('b')),
  redo: (world: World) => redoChange(world.process(), driving('b')),
  abort: async (world: World) => void (await abortChange(world.process())),
  'set-mode': (world: World) => carryOut(world.process(), wanted, driving('b')),
}
type Command = keyof typeof commands

/** How the change stands after a command, or the code with which it was refused and left as it was. */
async function outcomeOf(world: World, command: Command): Promise<string> {
  const was = world.record()?.journal
  const code = await commands[command](world).then(
    () => undefined,
    (error: unknown) => (error instanceof AntctlError ? error.code : String(error)),
  )
  const now = world.record()?.journal
  const isLeft = JSON.stringify(now) === JSON.stringify(was)
  if (isLeft && code !== undefined) return code
  return `${now?.state ?? 'none'}${now?.state === 'stopped' ? ` ${now.direction}` : ''}`
}

/** The process dies at that call, once it is time. */
function dies(call: string, isTime: () => boolean): Interfere {
  let isDead = false
  return (name, when) => {
    isDead ||= name === call && when === 'before' && isTime()
    if (isDead) throw new Error('killed')
  }
}

const told = (world: World, node: string) => () => world.nodeConfigs.has(node)
const nothing = () => undefined
const run = (work: Promise<void>) => work.catch(nothing)

async function done(): Promise<World> {
  const world = openWorld(before)
  await carryOut(world.process(), wanted, driving('a'))
  return world
}

/** On the way back from a finished change that Node finds no route to the others any more. */
async function stuckBack(node: string): Promise<World> {
  const world = await done()
  world.unrouted.set(node, 'noEncap')
  await run(undoChange(world.process(), driving('a')))
  return world
}

/** And then forward again, until that Node. */
async function stuckForward(): Promise<World> {
  const world = await stuckBack('n3')
  world.unrouted.clear()
  world.unrouted.set('n2', 'encap')
  await run(redoChange(world.process(), driving('a')))
  return world
}

interface State {
  readonly make: () => Promise<World>
  readonly resume: string
  readonly undo: string
  readonly redo: string
  readonly abort: string
  readonly 'set-mode': string
  /** How what hinders it is mended, and by which command it then ends. */
  readonly mended?: readonly [mend: (world: World) => unknown, Command, 'done' | 'undone']
}

const refused = {resume: 'CHANGE_NONE', redo: 'CHANGE_NONE', abort: 'CHANGE_NONE'} as const

/** Where a change may be found, and what becomes of it by each command. */
const states: Readonly<Record<string, State>> = {
  'none was ever begun': {
    make: async () => openWorld(before),
    ...refused,
    undo: 'CHANGE_NONE',
    'set-mode': 'done',
  },
  'its driver died before anything was changed': {
    make: async () => {
      const world = openWorld(before)
      await run(carryOut(world.process(dies('startProbe', () => true)), wanted, driving('a')))
      return world
    },
    resume: 'done',
    undo: 'undone',
    redo: 'done',
    abort: 'stopped forward',
    'set-mode': 'CHANGE_RUNNING',
  },
  'its driver died on the way forward': {
    make: async () => {
      const world = openWorld(before)
      await run(carryOut(world.process(dies('drift', told(world, 'n3'))), wanted, driving('a')))
      return world
    },
    resume: 'done',
    undo: 'undone',
    redo: 'done',
    abort: 'stopped forward',
    'set-mode': 'CHANGE_RUNNING',
  },
  'somebody edited the ConfigMap on the way forward': {
    make: async () => {
      const world = openWorld(before)
      const edit: Interfere = (name) => {
        if (name === 'drift' && world.nodeConfigs.has('n3')) world.text = `${after}# theirs\n`
      }
      await run(carryOut(world.process(edit), wanted, driving('a')))
      return world
    },
    resume: 'stopped forward',
    undo: 'CHANGE_FOREIGN',
    redo: 'stopped forward',
    abort: 'stopped forward',
    'set-mode': 'CHANGE_RUNNING',
    mended: [(world) => (world.text = before), 'resume', 'done'],
  },
  'it is done': {make: done, ...refused, undo: 'undone', 'set-mode': 'API_CONFLICT'},
  'it is done, and its text was edited': {
    make: async () => {
      const world = await done()
      world.text = `${after}# theirs\n`
      return world
    },
    ...refused,
    undo: 'CHANGE_FOREIGN',
    'set-mode': 'API_CONFLICT',
  },
  'the driver of its undo died': {
    make: async () => {
      const world = await done()
      await run(undoChange(world.process(dies('drift', told(world, 'n3'))), driving('a')))
      return world
    },
    resume: 'undone',
    undo: 'undone',
    redo: 'done',
    abort: 'stopped back',
    'set-mode': 'CHANGE_RUNNING',
  },
  'the driver of its undo died when the ConfigMap was written': {
    make: async () => {
      const world = await done()
      await run(undoChange(world.process(dies('drift', () => world.text === before)), driving('a')))
      return world
    },
    resume: 'undone',
    undo: 'undone',
    redo: 'done',
    abort: 'stopped back',
    'set-mode': 'CHANGE_RUNNING',
  },
  'the first Node of its undo cannot be proven': {
    make: () => stuckBack('n4'),
    resume: 'stopped back',
    undo: 'stopped back',
    redo: 'done',
    abort: 'stopped back',
    'set-mode': 'CHANGE_RUNNING',
    mended: [(world) => world.unrouted.clear(), 'resume', 'undone'],
  },
  'the last Node of its undo cannot be proven': {
    make: () => stuckBack('n1'),
    resume: 'stopped back',
    undo: 'stopped back',
    redo: 'done',
    abort: 'stopped back',
    'set-mode': 'CHANGE_RUNNING',
    mended: [(world) => world.unrouted.clear(), 'undo', 'undone'],
  },
  'its undo cannot be proven, nor any Node that has not been told of it': {
    make: async () => {
      const world = await done()
      for (const node of ['n1', 'n2', 'n3', 'n4']) world.unrouted.set(node, 'noEncap')
      await run(undoChange(world.process(), driving('a')))
      return world
    },
    resume: 'stopped back',
    undo: 'stopped back',
    redo: 'done',
    abort: 'stopped back',
    'set-mode': 'CHANGE_RUNNING',
    mended: [(world) => world.unrouted.clear(), 'resume', 'undone'],
  },
  'the mode that it leaves is broken on every Node, and it is undone half-way': {
    make: async () => {
      const world = openWorld(before)
      await run(carryOut(world.process(dies('drift', told(world, 'n3'))), wanted, driving('a')))
      for (const node of ['n1', 'n2', 'n3', 'n4']) world.unrouted.set(node, 'noEncap')
      await run(undoChange(world.process(), driving('a')))
      return world
    },
    resume: 'stopped back',
    undo: 'stopped back',
    redo: 'done',
    abort: 'stopped back',
    'set-mode': 'CHANGE_RUNNING',
    mended: [(world) => world.unrouted.clear(), 'resume', 'undone'],
  },
  'a Node can be proven in neither direction': {
    make: async () => {
      const world = openWorld(before)
      world.silentAgents.add('n2')
      await run(carryOut(world.process(), wanted, driving('a')))
      return world
    },
    resume: 'stopped back',
    undo: 'stopped back',
    redo: 'stopped forward',
    abort: 'stopped back',
    'set-mode': 'CHANGE_RUNNING',
    mended: [(world) => world.silentAgents.clear(), 'redo', 'done'],
  },
  'a Node of it is no more': {
    make: async () => {
      const world = openWorld(before)
      const leave: Interfere = (name) => {
        if (name === 'drift' && world.nodeConfigs.has('n3')) world.gone.add('n3')
      }
      await run(carryOut(world.process(dies('drift', told(world, 'n4'))), wanted, driving('a')))
      await run(resumeChange(world.process(leave), driving('a')))
      return world
    },
    ...refused,
    undo: 'undone',
    'set-mode': 'API_CONFLICT',
  },
  'gone forward again, a Node cannot be proven': {
    make: stuckForward,
    resume: 'stopped forward',
    undo: 'undone',
    redo: 'stopped forward',
    abort: 'stopped forward',
    'set-mode': 'CHANGE_RUNNING',
    mended: [(world) => world.unrouted.clear(), 'resume', 'done'],
  },
  'it is undone': {
    make: async () => {
      const world = await done()
      await undoChange(world.process(), driving('a'))
      return world
    },
    ...refused,
    undo: 'CHANGE_NONE',
    'set-mode': 'done',
  },
}

const finished = ['done', 'undone', undefined]

describe.each(Object.entries(states))('%s', (_what, {make, mended, ...expected}) => {
  test('what each command makes of it', async () => {
    const found = await Promise.all(
      (['resume', 'undo', 'redo', 'abort', 'set-mode'] as const).map(
        async (command) => [command, await outcomeOf(await make(), command)] as const,
      ),
    )
    expect(Object.fromEntries(found)).toEqual(expected)
  })

  test('a command ends it, and what is named while it is half-way are the commands that do', async () => {
    const world = await make()
    const {change} = await statusOf(world.process())
    expect(change?.ways.length ?? 0).toBe(finished.includes(change?.state) ? 0 : 2)
    if (mended === undefined) return
    const [mend, command, state] = mended
    mend(world)
    expect(await outcomeOf(world, command)).toBe(state)
    expect([...world.nodeConfigs]).toEqual([])
    expect(world.text).toBe(state === 'done' ? after : before)
  })
})

test('a Node that can be proven in neither direction is cordoned, and left out', async () => {
  const world = await stuckBack('n3')
  world.away.set('n3', 'is cordoned')
  await resumeChange(world.process(), {...driving('b'), otherwise: {notReady: 'skip'}})
  expect(world.record()?.journal).toMatchObject({state: 'undone', nodes: {n3: {state: 'skipped'}}})
})

test('what was lost stops nothing once it was turned round', async () => {
  const world = await stuckBack('n4')
  const pairs = [{from: 'n4', to: 'n1', form: 'live', sent: 300, lost: 300, longestGap: 4_000}]
  world.looks.push({...calm, lost: 300, longestGap: 4_000, pairs})
  await redoChange(world.process(), driving('b'))
  expect(world.record()?.journal.state).toBe('done')
})

test('whoever asks later is told which Node did not follow, and why', async () => {
  const {change} = await statusOf((await stuckBack('n4')).process())
  expect(change?.nodes['n4']).toMatchObject({state: 'changed', why: expect.stringMatching(/there is no route/u)})
  expect(change?.ways).toEqual([
    'antctl set-mode --resume goes on back to noEncap',
    'antctl set-mode --redo goes forward again to encap',
  ])
})
