import type {ChangeEvent} from '../../model/change-event.ts'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import type {Confirmation} from '../../ui/dash/place.ts'
import type {Walk} from '../../ui/dash/walk.ts'
import {whoeverReads} from '../closed-pipe.ts'
import type {Driver} from './driving.ts'
import type {Ends, PairLooks} from './pairs.ts'
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
  readonly walk: (ends: Ends) => Promise<Walk>
  readonly driver: Driver
  readonly pairs: Pick<PairLooks, 'held' | 'probed'>
  readonly signal: AbortSignal
}

/** Milliseconds: ages are told in seconds, and a frame of 500 Nodes has its price. */
const tick = 2_000
const following = 1_000
/** Until a question is asked again that not all Nodes have answered. */
const soon = 1_500
/** They end it in order, as q does. */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The face, until somebody leaves it, the signal fires or the terminal is gone; what it has begun then ends in order. */
export async function showFace(options: FaceOptions): Promise<void> {
  const gone = new AbortController()
  const signal = AbortSignal.any([options.signal, gone.signal])
  const broken = await whoeverReads(
    () => face({...options, signal}),
    (error) => gone.abort(error),
  )
  if (broken !== undefined) throw broken
}

/** From its first frame on; the terminal is then as it was. */
async function face({start, theme, ask, walk, driver, pairs, signal}: FaceOptions): Promise<void> {
  const {openTerminal} = await import('../../ui/dash/terminal.ts')
  const {promise: left, resolve: leave, reject: fail} = Promise.withResolvers<unknown>()
  const asked = new Map<FeedName, number>()
  const underWay = new Set<FeedName>()
  let state = start
  let isOpen = true
  const happen = (event: DashEvent) => {
    if (!isOpen) return
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
      case 'trace':
        return void trace(effect)
      case 'look':
        return void look(effect)
      case 'plan':
        return void answered('mode', async () => ({kind: 'planned', plan: await driver.plan(effect.mode, effect.snat)}))
      case 'drive':
        return void drive(effect.how)
      case 'pause':
        return void driver
          .pause()
          .catch((error: unknown) => happen({kind: 'refused', of: 'mode', error: asError(error)}))
    }
  }
  const answered = async (of: 'trace' | 'mode' | 'pair', question: () => Promise<DashEvent>) => {
    const event = await question().catch((error: unknown): DashEvent => ({kind: 'refused', of, error: asError(error)}))
    happen(event)
  }
  const trace = ({from, to}: Extract<Effect, {readonly do: 'trace'}>) =>
    answered('trace', async () => ({kind: 'traced', from, to, walk: await walk({from, to})}))
  const look = async ({from, to, probes}: Extract<Effect, {readonly do: 'look'}>) => {
    const ends = {from, to}
    await answered('pair', async () => ({kind: 'held', ...ends, held: await pairs.held(ends)}))
    if (probes) await answered('pair', async () => ({kind: 'probed', ...ends, probed: await pairs.probed(ends)}))
  }
  const drive = async (how: Confirmation['how']) => {
    const telling = {
      tell: (event: ChangeEvent) => happen({kind: 'change', event}),
      doing: (words: string) => happen({kind: 'doing', words}),
    }
    const error = await driver.drive(how, telling).then(() => undefined, asError)
    asked.delete('change')
    happen({kind: 'driven', ...(error !== undefined && {error})})
  }
  const show = async ({title, value}: Extract<Effect, {readonly do: 'show'}>) => {
    happen({kind: 'text', title, text: await serialize(value, 'yaml')})
  }
  const askOne = async (name: FeedName) => {
    underWay.add(name)
    asked.set(name, Date.now())
    const event = await ask(name)
    underWay.delete(name)
    if (event.kind === 'arrived' && event.soon === true) asked.set(name, Date.now() - paceIn(state, name) + soon)
    happen(event)
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
    // A change stops where it stands, and its record says so.
    await driver.end()
    clearInterval(ticking)
    process.stdout.off('resize', onResize)
    process.off('uncaughtException', fail)
    for (const name of endings) process.off(name, leave)
    isOpen = false
    await terminal.close()
  }
}

function asError(error: unknown): AntctlError {
  return error instanceof AntctlError ? error : new AntctlError('API_ANSWER', sentenceOf(error), {cause: error})
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
