import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import type {NodeNetwork} from '../model/node-network.ts'
import type {KernelRoute} from '../model/agent-api.ts'
import {peersOf} from '../model/node.ts'
import {nextHops} from '../datapath/host/neighbours.ts'
import {natRules, natRuleset} from '../datapath/host/nft.ts'
import {isOurs} from '../datapath/host/routes.ts'
import {type HostSettings, hostSettings} from '../datapath/host/state.ts'
import {apply} from '../datapath/plan/apply.ts'
import {type Changes, planSteps} from '../datapath/plan/changes.ts'
import {compare, type Observed} from '../datapath/plan/compare.ts'
import {Ledger} from '../datapath/plan/ledger.ts'
import {changedSlices, type OwnedSlice} from '../datapath/plan/slices.ts'
import type {Step} from '../datapath/plan/steps.ts'
import {type Hands, type Part, parts} from './hands.ts'
import type {AgentState} from './state.ts'
import {inTurns} from './turns.ts'

/** Brings this Node's switch and kernel to what the state asks for, and remembers what is in force. */
export interface Datapath {
  /**
   * The steps that were taken. Only what changed since the last call is looked at, and nothing is asked of the machine
   * but what is suspected. Throws when a step failed, after which the next call looks at everything.
   */
  converge(network: NodeNetwork): Promise<readonly Step[]>
  /** Somebody else may have changed these: the next call looks. */
  suspect(parts: readonly Part[]): void
  /** Looks at everything, and refreshes what ages: for now and then. */
  resync(network: NodeNetwork): Promise<readonly Step[]>
}

export function openDatapath({machine, observe}: Hands): Datapath {
  const ledger = new Ledger()
  /** Whose slices the ledger holds, and whose it refused. */
  let recorded: NodeNetwork | undefined
  const refused = new Map<string, AntctlError>()
  let suspected = new Set<Part>(parts)
  /** Routes of others. */
  let underlay: readonly KernelRoute[] = []
  /** The rules of table inet antctl that are in force, podCIDRs left out. */
  let rules: string | undefined

  const suspect = (more: readonly Part[]): void => {
    for (const part of more) suspected.add(part)
  }
  const record = async (network: NodeNetwork): Promise<void> => {
    if (recorded?.wiring !== network.wiring) suspect(['settings'])
    await inTurns(putSlices(ledger, refused, changedSlices(recorded, network)))
    recorded = network
  }
  const look = async (settings: HostSettings): Promise<Observed> => {
    const looked = suspected
    if (looked.size === 0) return {}
    suspected = new Set()
    const observed = await observe(looked, settings)
    if (observed.routes !== undefined) underlay = observed.routes.filter((route) => !isOurs(route))
    if (observed.nft !== undefined) rules = observed.nft.rules
    return observed
  }
  const change = async (network: NodeNetwork): Promise<readonly Step[]> => {
    await record(network)
    const settings = hostSettings(network)
    const observed = await look(settings)
    const wantedRules = natRules(settings.nat)
    const changes: Changes = {
      ...(await inTurns(compare(ledger, settings, observed))),
      ...(rules !== wantedRules && {ruleset: natRuleset(settings.nat, ledger.podCidrs.values())}),
    }
    const steps = planSteps(changes, {
      underlay,
      isPeer: (podCidr) => ledger.podCidrs.has(podCidr),
      isTunnelEndpoint: (ip) => ledger.tunnelEndpoints.has(ip),
    })
    await apply(steps, machine)
    rules = wantedRules
    return steps
  }
  const converge = async (network: NodeNetwork): Promise<readonly Step[]> => {
    try {
      const steps = await change(network)
      const [refusal] = refused.values()
      if (refusal === undefined) return steps
      throw refusal
    } catch (error) {
      // A step that failed leaves who knows what.
      suspect(parts)
      rules = undefined
      throw error
    }
  }
  return {
    converge,
    suspect,
    resync: async (network) => {
      suspect(parts)
      const steps = await converge(network)
      // OVS forgets a tunnel neighbour after 15 minutes without an ARP answer, and never asks under steady traffic.
      await machine.neighbours.put(nextHops(ledger.tunnelEndpoints.values(), underlay))
      return steps
    },
  }
}

/** A slice that contradicts another is left out, and told: it must not keep the others from being put. */
function* putSlices(
  ledger: Ledger,
  refused: Map<string, AntctlError>,
  slices: Generator<OwnedSlice>,
): Generator<void, void> {
  for (const {owner, slice} of slices) {
    try {
      ledger.put(owner, slice)
      refused.delete(owner)
    } catch (error) {
      if (!(error instanceof AntctlError)) throw error
      refused.set(owner, error)
    }
    yield
  }
}

/** The input of the pure functions; throws while something of it is not known yet. */
export function networkOf({wiring, loaded, nodes, pods}: AgentState): NodeNetwork {
  if (wiring === undefined || loaded === undefined || nodes === undefined) {
    throw new AntctlError('MACHINE', `${names.integrationBridge} is not wired yet`)
  }
  const {trafficEncapMode: mode, noSNAT} = loaded.config
  return {
    wiring,
    mode,
    noSNAT,
    peers: peersOf(wiring.node, nodes, wiring.transport),
    pods: pods.filter(({ofport}) => ofport > 0),
  }
}
