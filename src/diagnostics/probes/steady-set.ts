import {randomUUID} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import type {ApiServer} from '../../cluster/api.ts'
import {
  createProbeSession,
  deleteProbeSession,
  type ProbeSessionMarks,
  probeSessionsOfOwner,
  probeSessionsOfSet,
  renewProbeSession,
  translateProbeSession,
} from '../../cluster/probe-sessions.ts'
import {watchCollection} from '../../cluster/watch.ts'
import {AntctlError} from '../../model/errors.ts'
import type {ProbeSession, SteadyOrder} from '../../model/probe.ts'
import {explain} from './run.ts'
import {SteadyLedger, type WindowOfPairs} from './steady-ledger.ts'

/** Milliseconds that agents have to make an end and tell so. */
const preparation = 20_000
/** Milliseconds that an agent has to answer a renewal: it waits for the packets that are on the way. */
const patience = 6_000
/** The same for one that was silent the last time. */
const shortPatience = 1_000
const callTimeout = 10_000
/** Requests at a time. */
const width = 10

export interface SetOptions {
  readonly signal: AbortSignal
  /** What one owner had before is taken away: only one process acts for it. */
  readonly owner?: string | undefined
}

interface Slot {
  readonly order: SteadyOrder
  name: string
}

/** The sessions of one steady probe: made, renewed, read and taken away together. */
export class SessionSet implements AsyncDisposable {
  readonly #api: ApiServer
  readonly #slots: readonly Slot[]
  readonly #signal: AbortSignal
  readonly #stop = new AbortController()
  readonly #marks: ProbeSessionMarks
  readonly #ledger: SteadyLedger
  #now: ReadonlyMap<string, ProbeSession> = new Map()
  #changed = Promise.withResolvers<void>()
  #renewal = 0
  #windowSince = performance.now()
  #silent: ReadonlySet<string> = new Set()
  /** One renewal after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(api: ApiServer, orders: readonly SteadyOrder[], {signal, owner}: SetOptions) {
    this.#api = api
    this.#marks = {set: randomUUID().slice(0, 13), owner}
    this.#signal = AbortSignal.any([signal, this.#stop.signal])
    this.#slots = orders.map((order) => ({order, name: ''}))
    this.#ledger = new SteadyLedger(orders.flatMap(({pairs}) => pairs))
  }

  names(): readonly string[] {
    return this.#slots.map(({name}) => name).filter((name) => name !== '')
  }

  /** Made, and taken part in; what was sent while the ends were made is no loss of anybody's. */
  async begin(): Promise<void> {
    await forgetEnded(this.#api, this.#signal).catch(explain)
    await this.#forgetOwn()
    await this.#each((slot) => this.#create(slot))
    void watchCollection(this.#api, this.#collection(), {signal: this.#signal, onChange: (now) => this.#take(now)})
    const silent = await this.#answered(0, () => preparation)
    if (silent.length === this.#ledger.nodes.length) {
      this.#signal.throwIfAborted()
      throw nobody(this.#ledger.refusal())
    }
    await this.window()
  }

  /** Until it is disposed of: agents end their part when nobody renews it. */
  async keepAlive(interval: number): Promise<void> {
    for (let last = this.#renewal; !this.#signal.aborted; last = this.#renewal) {
      await sleep(interval, undefined, {signal: this.#signal}).catch(() => undefined)
      // Whoever looks at windows renews it by that.
      if (last === this.#renewal && !this.#signal.aborted)
        await this.#inTurn(() => this.#renew()).catch(() => undefined)
    }
  }

  window(): Promise<WindowOfPairs> {
    return this.#inTurn(async () => {
      const renewal = await this.#renew()
      this.#silent = new Set(
        await this.#answered(renewal, (node) => (this.#silent.has(node) ? shortPatience : patience)),
      )
      const [now, since] = [performance.now(), this.#windowSince]
      this.#windowSince = now
      return {milliseconds: Math.round(now - since), ...this.#ledger.window(renewal)}
    })
  }

  /** What the API server does not take away now ends by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#turn.catch(() => undefined)
    const made = this.#slots.filter(({name}) => name !== '')
    await eachOf(made, ({name}) => deleteProbeSession(this.#api, name, {timeout: callTimeout}).catch(() => undefined))
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(work, work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  /** Its answer is waited for whoever stops meanwhile: without the name nobody could take the session away. */
  async #create(slot: Slot): Promise<void> {
    this.#signal.throwIfAborted()
    const order = {...slot.order, renewal: this.#renewal}
    slot.name = await createProbeSession(this.#api, order, {timeout: callTimeout, ...this.#marks})
  }

  /** Of a driver of the same change that died: nobody renews them, and they would have agents send for a minute more. */
  async #forgetOwn(): Promise<void> {
    const {owner} = this.#marks
    if (owner === undefined) return
    const {items} = await this.#api.list(probeSessionsOfOwner(owner), this.#call())
    const left = items.flatMap((item) => translateProbeSession(item)?.name ?? [])
    await eachOf(left, (name) => deleteProbeSession(this.#api, name, this.#call()))
  }

  /** One that somebody deleted, or whose agents ended it (the laptop slept), is made anew. */
  async #renew(): Promise<number> {
    this.#signal.throwIfAborted()
    this.#renewal += 1
    await this.#each(async (slot) => {
      const {name} = slot
      const agents = Object.values(this.#now.get(name)?.agents ?? {})
      if (agents.some(({state}) => state === 'ended')) await deleteProbeSession(this.#api, name, this.#call())
      await renewProbeSession(this.#api, name, this.#renewal, this.#call()).catch(async (error: unknown) => {
        if (!(error instanceof AntctlError) || error.code !== 'API_NOT_FOUND') throw error
        await this.#create(slot)
      })
    })
    return this.#renewal
  }

  /** Waits until all have answered, each for so long; answers who has not. */
  async #answered(renewal: number, patienceOf: (node: string) => number): Promise<readonly string[]> {
    const start = performance.now()
    for (;;) {
      const missing = this.#ledger.missing(renewal)
      const passed = performance.now() - start
      const rest = Math.max(0, ...missing.map((node) => (this.#ledger.hasSaidNo(node) ? 0 : patienceOf(node) - passed)))
      if (rest === 0 || this.#signal.aborted) return missing
      await Promise.race([this.#changed.promise, sleep(rest, undefined, {signal: this.#signal}).catch(() => undefined)])
    }
  }

  #collection() {
    return {
      path: probeSessionsOfSet(this.#marks.set),
      translate: (object: unknown) => {
        const value = translateProbeSession(object)
        return value && {key: value.name, value}
      },
    }
  }

  #take(now: ReadonlyMap<string, ProbeSession>): void {
    this.#now = now
    for (const {name} of this.#slots) this.#ledger.fold(now.get(name)?.agents ?? {})
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  #each(work: (slot: Slot) => Promise<void>): Promise<void> {
    return eachOf(this.#slots, work)
  }

  #call() {
    return {timeout: callTimeout, signal: this.#signal}
  }
}

function nobody(refusal: string | undefined): AntctlError {
  const why = refusal === undefined ? '' : `: ${refusal}`
  return new AntctlError('TIMEOUT', `no agent takes part in the probe session${why}`, {
    remedy:
      refusal === undefined
        ? ['antctl get agentinfo', 'kubectl -n kube-system logs ds/antrea-agent -c antrea-agent']
        : [
            'kubectl get probesessions.antctl.internal',
            'kubectl delete probesessions.antctl.internal NAME ends one of somebody else',
          ],
  })
}

/** What a driver that died left, and its agents have ended. */
async function forgetEnded(api: ApiServer, signal: AbortSignal): Promise<void> {
  const {items} = await api.list(probeSessionsOfSet(), {signal})
  const ended = items.flatMap((item) => {
    const session = translateProbeSession(item)
    const isEnded = session && Object.values(session.agents).some(({state}) => state === 'ended')
    return isEnded === true ? [session] : []
  })
  await eachOf(ended, ({name}) => deleteProbeSession(api, name, {timeout: callTimeout, signal}))
}

async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const rest = [...items]
  const lane = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item)
  }
  await Promise.all(Array.from({length: Math.min(width, items.length)}, lane))
}
