import {AntctlError} from '../../model/errors.ts'
import {restarted, type RestartEvent, type RestartHappening} from '../../model/restart-event.ts'
import type {ProbeWindow} from '../../diagnostics/probes/steady-ledger.ts'
import type {RestartPlan} from './plan.ts'

/** All that a restart needs of a cluster; a test's fake is an object literal. */
export interface RestartCluster {
  /** Names the process of the Node's agent: another one after each start. */
  process(node: string): Promise<string | undefined>
  restart(node: string): Promise<void>
  /** What kubelet says of a Pod that does not run. */
  kubelet(node: string): Promise<string | undefined>
  /** Why the Node does not forward as it must. */
  trouble(node: string): Promise<string | undefined>
  /** undefined where there is no pair of Nodes. */
  window(): Promise<ProbeWindow | undefined>
  now(): number
  sleep(milliseconds: number): Promise<void>
}

export interface RestartOptions {
  readonly signal: AbortSignal
  /** Milliseconds within which a Node is to forward again. */
  readonly patience: number
}

const pause = 250

/** One Node after the other, each gated on forwarding; throws CHANGE_UNVERIFIED or INTERRUPTED with where it stands. */
export async function* restartNodes(
  plan: RestartPlan,
  cluster: RestartCluster,
  options: RestartOptions,
): AsyncGenerator<RestartEvent> {
  const nodes = plan.nodes.map(({node}) => node)
  const run = new Run(plan, cluster, options)
  yield at({event: 'began', what: plan.what, nodes})
  // Who is silent before anything was done is not waited for.
  run.absent = new Set((await cluster.window())?.silent.map(({node}) => node))
  for (const node of nodes) {
    run.current = node
    for await (const told of run.one(node)) yield at(told)
    run.done.push(node)
    run.current = undefined
  }
  const {sent, lost, longestGap} = run
  const where = nodes.length === 1 ? (nodes[0] ?? '') : `${nodes.length} Nodes`
  const sentence = `${where} ${nodes.length === 1 ? 'forwards' : 'forward'} as before, with ${restarted[plan.what]} started anew`
  yield at({event: 'ended', state: 'done', sent, lost, longestGap, sentence})
}

function at(told: RestartHappening): RestartEvent {
  return {version: 1, at: new Date().toISOString(), ...told}
}

class Run {
  readonly #plan: RestartPlan
  readonly #cluster: RestartCluster
  readonly #options: RestartOptions
  readonly done: string[] = []
  absent: ReadonlySet<string> = new Set()
  current: string | undefined
  sent = 0
  lost = 0
  longestGap = 0

  constructor(plan: RestartPlan, cluster: RestartCluster, options: RestartOptions) {
    this.#plan = plan
    this.#cluster = cluster
    this.#options = options
  }

  async *one(node: string): AsyncGenerator<RestartHappening> {
    this.#goOn()
    const cluster = this.#cluster
    const before = await cluster.process(node)
    const began = cluster.now()
    const since = () => Math.round(cluster.now() - began)
    await cluster.restart(node)
    yield {event: 'node', node, state: 'asked', milliseconds: 0}
    yield* this.#until(node, since, async () => {
      const now = await cluster.process(node)
      if (now !== undefined && now !== before) return undefined
      return (await cluster.kubelet(node)) ?? 'its agent has not started anew yet'
    })
    yield {event: 'node', node, state: 'started', milliseconds: since()}
    yield* this.#until(node, since, () => cluster.trouble(node))
    yield* this.#untilClean(node, since)
    yield {event: 'node', node, state: 'forwarding', milliseconds: since()}
  }

  /** What keeps it is told when it is another reason than before. */
  async *#until(
    node: string,
    since: () => number,
    look: () => Promise<string | undefined>,
  ): AsyncGenerator<RestartHappening> {
    for (let told = ''; ; await this.#cluster.sleep(pause)) {
      this.#goOn()
      const why = await look()
      if (why === undefined) return
      if (why !== told) yield {event: 'wait', node, why}
      told = why
      if (since() > this.#options.patience) throw this.#unverified(node, why)
    }
  }

  /** Nobody silent, nothing lost. Restarts of the agent alone lose nothing at any time. */
  async *#untilClean(node: string, since: () => number): AsyncGenerator<RestartHappening> {
    for (;;) {
      this.#goOn()
      const window = await this.#cluster.window()
      if (window === undefined) return
      const {sent, lost, longestGap} = window
      const silent = window.silent.filter((each) => !this.absent.has(each.node) || each.node === node)
      this.sent += sent
      this.lost += lost
      this.longestGap = Math.max(this.longestGap, longestGap)
      yield {event: 'probe', node, sent, lost, longestGap, silent}
      if (lost > 0 && this.#plan.what === 'agent') throw this.#unverified(node, `the probes lost ${lostWords(window)}`)
      if (lost === 0 && silent.length === 0) return
      const [first] = silent
      const why = first === undefined ? `the probes still lose: ${lostWords(window)}` : `${first.node}: ${first.reason}`
      if (since() > this.#options.patience) throw this.#unverified(node, why)
    }
  }

  #goOn(): void {
    const {signal} = this.#options
    if (!signal.aborted) return
    const reason: unknown = signal.reason
    const code = reason instanceof AntctlError ? reason.code : 'INTERRUPTED'
    throw new AntctlError(code, `broken off: ${this.#standing()}`, {remedy: this.#goingOn()})
  }

  #unverified(node: string, why: string): AntctlError {
    const seconds = this.#options.patience / 1_000
    const late = why.startsWith('the probes lost') ? '' : ` within ${seconds} s`
    return new AntctlError(
      'CHANGE_UNVERIFIED',
      `${node} does not forward as it must${late}: ${why}; ${this.#standing()}`,
      {
        remedy: [`antctl get agentinfo ${node} --live`, 'antctl check probes', ...this.#goingOn()],
      },
    )
  }

  #standing(): string {
    const left = this.#left().filter((node) => node !== this.current)
    return [
      this.done.length === 0 ? 'no Node is done' : `done: ${this.done.join(', ')}`,
      ...(this.current === undefined ? [] : [`restarting: ${this.current}`]),
      ...(left.length === 0 ? [] : [`not touched: ${left.join(', ')}`]),
    ].join('; ')
  }

  #left(): readonly string[] {
    return this.#plan.nodes.map(({node}) => node).filter((node) => !this.done.includes(node))
  }

  #goingOn(): readonly string[] {
    const left = this.#left()
    const flags = this.#plan.what === 'switch' ? ' --ovs' : ''
    return left.length === 0 ? [] : [`antctl restart${flags} --nodes ${left.join(',')} goes on`]
  }
}

function lostWords({lost, longestGap, worst: [first]}: ProbeWindow): string {
  const pair = first === undefined ? '' : `, most from ${first.from} to ${first.to}`
  return `${lost} packets, for ${Math.round(longestGap)} ms at most${pair}`
}
