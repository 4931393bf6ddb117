import {isDeepStrictEqual} from 'node:util'
import {AntctlError} from '../model/errors.ts'
import type {Deviation, KernelRoute} from '../model/agent-api.ts'
import type {NodeNetwork} from '../model/node-network.ts'
import type {ForeignFlowChange} from '../datapath/openflow/connection.ts'
import {nextHops} from '../datapath/host/neighbours.ts'
import {underlayOf} from '../datapath/host/routes.ts'
import {hostSettings} from '../datapath/host/state.ts'
import {tunnelWays, type Unreachable} from '../datapath/host/tunnel-ways.ts'
import {apply} from '../datapath/plan/apply.ts'
import {type Changes, planSteps} from '../datapath/plan/changes.ts'
import {type ChangedFlow, compare, type Observed, type Part, parts} from '../datapath/plan/compare.ts'
import {countDeviations, deviations} from '../datapath/plan/drift.ts'
import {flowKind} from '../datapath/plan/kinds.ts'
import {Ledger} from '../datapath/plan/ledger.ts'
import {peerWays} from '../datapath/plan/peer-ways.ts'
import {changedSlices} from '../datapath/plan/slices.ts'
import type {Step} from '../datapath/plan/steps.ts'
import {type Connections, type Hands, handsOf} from './hands.ts'
import {inTurns} from './turns.ts'

/** Of the Node that this process runs on. */
export function openDatapath(connections: Connections): Datapath {
  return new Datapath(handsOf(connections))
}

/** What one call has done. */
export interface Pass {
  readonly steps: readonly Step[]
  /** What somebody else had changed, and is as it was. */
  readonly repaired?: Found
}

/** What was found to be other than it should be. */
export interface Found {
  readonly total: number
  readonly parts: readonly Part[]
  /** The first of them. */
  readonly deviations: readonly Deviation[]
}

/** More single flows than these are looked at together. */
const mostChangedFlows = 1_000
const mostTold = 500

/** Brings one Node's switch and kernel to what the state asks for, and remembers what is in force. */
export class Datapath {
  readonly #hands: Hands
  readonly #ledger = new Ledger()
  /** Slices that contradict another: they are left out, and told, so that the others are put all the same. */
  readonly #refused = new Map<string, AntctlError>()
  readonly #changedFlows = new Map<string, ChangedFlow>()
  #suspected = new Set<Part>(parts)
  /** Whose slices the ledger holds. */
  #recorded: NodeNetwork | undefined
  /** Routes of others. */
  #underlay: readonly KernelRoute[] = []
  #unreachable: readonly Unreachable[] = []
  /** The last call succeeded: what is found to be different now was changed by somebody else. */
  #isInForce = false
  #calls = 0

  constructor(hands: Hands) {
    this.#hands = hands
  }

  /**
   * Only what changed since the last call is looked at, and nothing is asked of the machine but what is suspected. Throws
   * when a step failed, after which the next call looks at everything.
   */
  async converge(network: NodeNetwork): Promise<Pass> {
    this.#calls++
    try {
      const pass = await this.#change(network)
      const [refusal] = this.#refused.values()
      if (refusal !== undefined) throw refusal
      this.#isInForce = true
      return pass
    } catch (error) {
      // A step that failed leaves who knows what.
      this.#isInForce = false
      this.suspect(parts)
      throw error
    }
  }

  /** OVS forgets a tunnel neighbour after 15 minutes without an ARP answer, and never asks under steady traffic. */
  async refreshNeighbours(): Promise<void> {
    const {machine} = this.#hands
    const endpoints = this.#ledger.tunnelEndpoints.values()
    await machine.neighbours.put(nextHops(endpoints, this.#underlay))
  }

  /** Whom no tunnel can reach, as of the last call of converge. */
  get unreachable(): readonly Unreachable[] {
    return this.#unreachable
  }

  /** Somebody else may have changed these: the next call looks. */
  suspect(more: readonly Part[]): void {
    for (const part of more) this.#suspected.add(part)
  }

  /** Told by the switch: the next call mends it without looking at the others. Does the change matter at all? */
  suspectFlow(change: ForeignFlowChange): boolean {
    // A group takes its flows along, and so does a meter: then both are to be put.
    const withOthers = change.event === 'removed' && change.reason.endsWith('Delete')
    if (change.event === 'unknown' || withOthers || this.#changedFlows.size >= mostChangedFlows) {
      this.suspect(['flows'])
      return true
    }
    const {flow} = change
    const isThere = change.event !== 'removed'
    const isRight = this.#ledger.isRight(flow, {isThere})
    if (isRight) this.#changedFlows.delete(flowKind.key(flow))
    else this.#changedFlows.set(flowKind.key(flow), {flow, isThere})
    return !isRight
  }

  /** What is not as it should be at this moment; changes nothing. Undefined before the first call of converge. */
  async drift(): Promise<Found | undefined> {
    for (let attempt = 0; ; attempt++) {
      const [calls, network] = [this.#calls, this.#recorded]
      if (network === undefined) return undefined
      const wanted = {ledger: this.#ledger, settings: hostSettings(network)}
      const observed = await this.#hands.observe(new Set(parts), network)
      const changes = await inTurns(compare(wanted, observed))
      // What changed meanwhile is no drift.
      if (calls === this.#calls || attempt === 3) return this.#found(changes, observed)
    }
  }

  async #change(network: NodeNetwork): Promise<Pass> {
    const before = this.#recorded
    if (before?.wiring !== network.wiring) this.suspect(['nft', 'settings'])
    if (!sameNat(before, network)) this.suspect(['nft'])
    if (!sameSizes(before, network)) this.suspect(['pods'])
    const observed = await this.#look(network)
    const drifted = before === undefined ? undefined : await this.#compare(before, observed)
    const isNew = await this.#record(network, observed)
    const changes = drifted === undefined || isNew ? await this.#compare(network, observed) : drifted
    const steps = planSteps(changes, {
      underlay: this.#underlay,
      transportDevice: network.wiring.transportDevice,
      ...peerWays(this.#ledger),
    })
    const repaired = drifted !== undefined && this.#isInForce ? this.#found(drifted, observed) : undefined
    await apply(steps, this.#hands.machine)
    return {steps, ...(repaired !== undefined && repaired.total > 0 && {repaired})}
  }

  /** By the kernel's routes, where they or the peers may be others. Are Open vSwitch's to be others? */
  #routeTunnels({wiring}: NodeNetwork): boolean {
    const {tunnelEndpoints, ways} = this.#ledger
    const before = ways.values()
    const found = tunnelWays(tunnelEndpoints.values(), this.#underlay, wiring)
    ways.put('tunnel', found.ways)
    this.#unreachable = found.unreachable
    return !isDeepStrictEqual(before, found.ways)
  }

  #found(changes: Changes, observed: Observed): Found {
    const told = deviations(this.#ledger, changes, observed).take(mostTold)
    return {...countDeviations(changes), deviations: [...told]}
  }

  #compare(network: NodeNetwork, observed: Observed): Promise<Changes> {
    const wanted = {ledger: this.#ledger, settings: hostSettings(network)}
    return inTurns(compare(wanted, observed, this.#ledger.take()))
  }

  /** Looks at what is suspected, and only there. */
  async #look(network: NodeNetwork): Promise<Observed> {
    const looked = this.#suspected
    this.#suspected = new Set()
    const changedFlows = [...this.#changedFlows.values()]
    this.#changedFlows.clear()
    if (looked.size === 0) return {changedFlows}
    const observed = await this.#hands.observe(looked, network)
    if (observed.routes !== undefined) this.#underlay = underlayOf(observed.routes)
    return {changedFlows, ...observed}
  }

  /** Tells the ledger; is anything new? */
  async #record(network: NodeNetwork, {routes}: Observed): Promise<boolean> {
    const before = this.#recorded
    const slices = await inTurns(this.#putSlices(network))
    this.#recorded = network
    const {peers, wiring} = network
    const mayLeaveOtherwise = routes !== undefined || before?.peers !== peers || before.wiring !== wiring
    const leavesOtherwise = mayLeaveOtherwise && this.#routeTunnels(network)
    const isOther = before?.wiring !== wiring || !sameNat(before, network) || !sameSizes(before, network)
    return slices > 0 || leavesOtherwise || isOther
  }

  *#putSlices(network: NodeNetwork): Generator<void, number> {
    let count = 0
    for (const {owner, slice} of changedSlices(this.#recorded, network)) {
      count++
      try {
        this.#ledger.put(owner, slice)
        this.#refused.delete(owner)
      } catch (error) {
        if (!(error instanceof AntctlError)) throw error
        this.#refused.set(owner, error)
      }
      yield
    }
    return count
  }
}

function sameNat(before: NodeNetwork | undefined, now: NodeNetwork): boolean {
  return before?.noSNAT === now.noSNAT && before.snatFullyRandomPorts === now.snatFullyRandomPorts
}

function sameSizes(before: NodeNetwork | undefined, now: NodeNetwork): boolean {
  return before?.podMtu === now.podMtu && before.wiring.transportMtu === now.wiring.transportMtu
}
