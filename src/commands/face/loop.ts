import type {FeedEvent, FeedName} from '../../ui/dash/facts.ts'
import {paceOf} from '../../ui/dash/facts.ts'
import {frameOf} from '../../ui/dash/frame.ts'
import {type Effect, placeOf, type State} from '../../ui/dash/state.ts'
import {type DashEvent, update} from '../../ui/dash/update.ts'
import {mannerOf} from '../../ui/dash/views.ts'
import {serialize} from '../../ui/output.ts'
import type {Theme} from '../../ui/theme.ts'

export interface FaceOptions {
  readonly start: State
  readonly theme: Theme
  readonly ask: (name: FeedName) => Promise<FeedEvent>
  readonly signal: AbortSignal
}

/** Milliseconds: ages are told in seconds. */
const tick = 1_000
const following = 1_000
/** They end it in order, as q does. */
const endings = ['SIGINT', 'SIGTERM'] as const

/** The face, from its first frame until somebody leaves it or the signal fires; the terminal is then as it was. */
export async function showFace({start, theme, ask, signal}: FaceOptions): Promise<void> {
  const {openTerminal} = await import('../../ui/dash/terminal.ts')
  const {promise: left, resolve: leave, reject: fail} = Promise.withResolvers<unknown>()
  const asked = new Map<FeedName, number>()
  const underWay = new Set<FeedName>()
  let state = start
  const happen = (event: DashEvent) => {
    const step = update(state, event)
    state = step.state
    for (const effect of step.effects) carryOut(effect)
    terminal.redraw()
    askAll()
  }
  const carryOut = (effect: Effect) => {
    switch (effect.do) {
      case 'quit':
        return leave(undefined)
      case 'show':
        return void show(effect)
    }
  }
  const show = async ({title, value}: Extract<Effect, {readonly do: 'show'}>) => {
    happen({kind: 'text', title, text: await serialize(value, 'yaml')})
  }
  const askOne = async (name: FeedName) => {
    underWay.add(name)
    asked.set(name, Date.now())
    const event = await ask(name)
    underWay.delete(name)
    if (!signal.aborted) happen(event)
  }
  const askAll = () => {
    for (const name of mannerOf(placeOf(state)).feeds) {
      const pause = Date.now() - (asked.get(name) ?? 0)
      if (!underWay.has(name) && pause >= paceIn(state, name)) void askOne(name)
    }
  }
  const terminal = openTerminal({
    frame: () => frameOf(state, theme),
    onKey: (key) => happen({kind: 'key', key}),
    onPaste: (text) => happen({kind: 'paste', text}),
  })
  const onResize = () => happen({kind: 'resize', screen: screenOf(process.stdout)})
  const ticking = setInterval(() => happen({kind: 'tick', now: Date.now()}), tick)
  process.stdout.on('resize', onResize)
  // What is said of it must stand on the screen that stays.
  process.once('uncaughtException', fail)
  for (const name of endings) process.on(name, leave)
  signal.addEventListener('abort', leave, {once: true})
  try {
    askAll()
    await left
  } finally {
    clearInterval(ticking)
    process.stdout.off('resize', onResize)
    process.off('uncaughtException', fail)
    for (const name of endings) process.off(name, leave)
    await terminal.close()
  }
}

/** Milliseconds from one question to the next; what is followed is asked for more often. */
function paceIn(state: State, name: FeedName): number {
  const place = placeOf(state)
  const pace = paceOf(name, state.facts)
  return 'follow' in place && place.follow ? Math.min(pace, following) : pace
}

/** A terminal that does not tell its size says 0. */
export function screenOf({columns, rows}: Pick<NodeJS.WriteStream, 'columns' | 'rows'>): State['screen'] {
  return {columns: columns || 80, rows: rows || 24}
}
