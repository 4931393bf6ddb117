import type {ProbeCount, ProbePair, ProbeSession, RunningProbe} from '../../model/probe.ts'
import {medianOf} from './median.ts'

/** What was lost since the window before. Times in milliseconds. */
export interface ProbeWindow {
  readonly milliseconds: number
  /** Packets whose fate is known. */
  readonly sent: number
  readonly lost: number
  readonly longestGap: number
  /** The median of all accounts' medians, and the largest of their 99th percentiles. */
  readonly roundTrip?: {readonly median: number; readonly p99: number}
  /** Pairs that lost packets, the worst first, and no more than ten. */
  readonly worst: readonly Pick<ProbeCount, 'from' | 'to' | 'form' | 'lost' | 'longestGap'>[]
  /** Nodes that nothing, or not all, can be said of; what goes to and from them is judged once they speak again. */
  readonly silent: readonly {readonly node: string; readonly reason: string}[]
}

/** What was counted of one pair and form since the window before. */
export interface PairWindow extends Pick<ProbeCount, 'from' | 'to' | 'form' | 'sent' | 'lost' | 'longestGap'> {
  readonly roundTrip?: {readonly median: number; readonly p99: number}
}

export interface WindowOfPairs extends ProbeWindow {
  /** All of which something is known. */
  readonly pairs: readonly PairWindow[]
}

interface Total {
  readonly sent: number
  readonly lost: number
}

interface PairLedger {
  readonly count: Pick<ProbeCount, 'from' | 'to' | 'form'>
  /** Of the two agents between which it counts. */
  readonly runs: string
  /** At the window before. */
  base: Total
  latest: Total
  /** Since the window before. */
  longestGap: number
  medians: number[]
  p99: number
}

const mostWorst = 10
const mostMedians = 256
const startedAnew = 'its agent was started anew meanwhile'

/** All accounts of a steady probe's agents, folded into what each window wants to know. */
export class SteadyLedger {
  readonly #pairs: readonly ProbePair[]
  readonly nodes: readonly string[]
  readonly #ledgers = new Map<string, PairLedger>()
  readonly #accounts = new Map<string, {readonly run: number; readonly renewal: number}>()
  readonly #reasons = new Map<string, string>()

  constructor(pairs: readonly ProbePair[]) {
    this.#pairs = pairs
    this.nodes = [...new Set(pairs.flatMap(({from, to}) => [from, to]))]
  }

  /** What the API server told of one session; of an account that was folded before nothing is taken twice. */
  fold(agents: ProbeSession['agents']): void {
    for (const [node, agent] of Object.entries(agents)) {
      if (agent.state === 'running') this.#account(node, agent)
      else {
        this.#accounts.delete(node)
        if ('reason' in agent) this.#reasons.set(node, agent.reason)
      }
    }
  }

  /** Nodes of which nothing was heard since this renewal. */
  missing(renewal: number): readonly string[] {
    return this.nodes.filter((node) => (this.#accounts.get(node)?.renewal ?? -1) < renewal)
  }

  /** Why one of those that take no part does not, as it says itself. */
  refusal(): string | undefined {
    const [first] = [...this.#reasons].filter(([node]) => this.hasSaidNo(node))
    return first && `${first[0]}: ${first[1]}`
  }

  /** It has told why it takes no part. */
  hasSaidNo(node: string): boolean {
    return !this.#accounts.has(node) && this.#reasons.has(node)
  }

  /** Since the window before, of all pairs whose both ends have answered this renewal; the others' counts wait. */
  window(renewal: number): Omit<WindowOfPairs, 'milliseconds'> {
    const missing = new Set(this.missing(renewal))
    const silent = new Map([...missing].map((node) => [node, this.#reasons.get(node) ?? 'its agent gave no account']))
    for (const [node, reason] of this.#reasons) if (reason === startedAnew) silent.set(node, reason)
    const judged = this.#pairs.flatMap((pair) => {
      if (missing.has(pair.from) || missing.has(pair.to)) return []
      const ledger = this.#ledgers.get(keyOf(pair))
      const taken = ledger?.runs === this.#runs(pair) ? take(ledger) : undefined
      if (taken !== undefined && taken.sent > 0) return [taken]
      if (!silent.has(pair.from) && !silent.has(pair.to)) silent.set(pair.from, `it has sent nothing to ${pair.to}`)
      return []
    })
    for (const node of this.nodes) if (!missing.has(node)) this.#reasons.delete(node)
    return {...summary(judged), silent: [...silent].map(([node, reason]) => ({node, reason}))}
  }

  #account(node: string, {run, renewal, counts}: RunningProbe): void {
    const before = this.#accounts.get(node)
    if (before?.run === run && before.renewal >= renewal) return
    // Where it had refused, or had not been heard of, that it speaks is the news.
    if (before !== undefined && before.run !== run) this.#reasons.set(node, startedAnew)
    this.#accounts.set(node, {run, renewal})
    for (const count of counts) if (count.from === node) this.#enter(run, count)
  }

  #enter(run: number, {from, to, form, toRun, sent, lost, longestGap, roundTrip}: ProbeCount): void {
    const key = keyOf({from, to})
    const runs = `${run} ${toRun}`
    const before = this.#ledgers.get(key)
    const ledger = before?.runs === runs ? before : fresh({from, to, form}, runs)
    ledger.latest = {sent, lost}
    ledger.longestGap = Math.max(ledger.longestGap, longestGap)
    if (roundTrip !== undefined) {
      if (ledger.medians.length < mostMedians) ledger.medians.push(roundTrip.median)
      ledger.p99 = Math.max(ledger.p99, roundTrip.p99)
    }
    this.#ledgers.set(key, ledger)
  }

  #runs({from, to}: ProbePair): string {
    return `${this.#accounts.get(from)?.run} ${this.#accounts.get(to)?.run}`
  }
}

function fresh(count: PairLedger['count'], runs: string): PairLedger {
  const none = {sent: 0, lost: 0}
  return {count, runs, base: none, latest: none, longestGap: 0, medians: [], p99: 0}
}

interface Taken extends Total, Pick<ProbeCount, 'from' | 'to' | 'form'> {
  readonly longestGap: number
  readonly medians: readonly number[]
  readonly p99: number
}

/** What it has counted since it was taken from before. */
function take(ledger: PairLedger): Taken {
  const {count, base, latest, longestGap, medians, p99} = ledger
  ledger.base = latest
  ledger.longestGap = 0
  ledger.medians = []
  ledger.p99 = 0
  // What an agent says is not believed to be sound: a total that falls is none.
  const [sent, lost] = [Math.max(0, latest.sent - base.sent), Math.max(0, latest.lost - base.lost)]
  return {...count, sent, lost, longestGap: lost > 0 ? longestGap : 0, medians, p99}
}

function summary(judged: readonly Taken[]): Omit<WindowOfPairs, 'milliseconds' | 'silent'> {
  const losers = judged.filter(({lost}) => lost > 0).toSorted((a, b) => b.lost - a.lost)
  const median = medianOf(judged.flatMap(({medians}) => medians))
  return {
    sent: judged.reduce((sum, {sent}) => sum + sent, 0),
    lost: losers.reduce((sum, {lost}) => sum + lost, 0),
    longestGap: losers.reduce((most, {longestGap}) => Math.max(most, longestGap), 0),
    ...(median !== undefined && {roundTrip: {median, p99: Math.max(...judged.map(({p99}) => p99))}}),
    worst: losers.slice(0, mostWorst).map(({from, to, form, lost, longestGap}) => ({from, to, form, lost, longestGap})),
    pairs: judged.map(ofPair),
  }
}

function ofPair({medians, p99, ...count}: Taken): PairWindow {
  const median = medianOf(medians)
  return {...count, ...(median !== undefined && {roundTrip: {median, p99}})}
}

function keyOf({from, to}: ProbePair): string {
  return `${from} ${to}`
}
