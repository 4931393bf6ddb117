import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import type {NodeNetwork} from '../model/node-network.ts'
import {peersOf} from '../model/node.ts'
import type {OpenFlowConnection} from '../datapath/openflow/connection.ts'
import type {Control} from '../datapath/ovsdb/control.ts'
import {openMachine} from '../datapath/machine/machine.ts'
import {nextHops} from '../datapath/host/neighbours.ts'
import {nftTable} from '../datapath/host/nft.ts'
import {observeNftTables} from '../datapath/machine/nft.ts'
import {observeLinks} from '../datapath/machine/links.ts'
import {observeRoutes} from '../datapath/machine/routes.ts'
import {observeSysctls} from '../datapath/machine/sysctls.ts'
import {apply} from '../datapath/plan/apply.ts'
import {planChanges} from '../datapath/plan/changes.ts'
import {desiredState, type DesiredState, type ObservedState} from '../datapath/plan/state.ts'
import type {Step} from '../datapath/plan/steps.ts'
import type {AgentState} from './state.ts'

type Rulesets = Pick<ObservedState, 'nft' | 'ingress'>

/** Brings this Node's switch and kernel to what the state asks for. */
export interface Datapath {
  /** Returns the steps that were taken; throws when one failed, after which the next call observes everything anew. */
  converge(network: NodeNetwork): Promise<readonly Step[]>
  /** Compares with the machine itself instead of what is remembered, and refreshes what ages: for now and then. */
  resync(network: NodeNetwork): Promise<readonly Step[]>
}

export function openDatapath(connections: {
  readonly openflow: OpenFlowConnection
  readonly control: Control
}): Datapath {
  const machine = openMachine(connections)
  let flows: ObservedState['flows'] | undefined
  let rulesets: Rulesets = {}

  const observe = async (want: DesiredState): Promise<ObservedState> => {
    const [known, routes, sysctls, links] = await Promise.all([
      flows ?? connections.openflow.dumpFlows(),
      observeRoutes(),
      observeSysctls(want.host.sysctls.map(({key}) => key)),
      observeLinks(),
    ])
    return {flows: known, routes, sysctls, links, ...rulesets}
  }
  const converge = async (network: NodeNetwork): Promise<readonly Step[]> => {
    const want = desiredState(network)
    const have = await observe(want)
    const steps = planChanges(have, want)
    const before = rulesets
    // A step that fails leaves who knows what: then the next call observes everything anew.
    flows = undefined
    rulesets = {}
    await apply(steps, machine)
    flows = want.flows
    rulesets = {...before, ...putRulesets(steps)}
    return steps
  }
  return {
    converge,
    resync: async (network) => {
      flows = undefined
      rulesets = stillThere(rulesets, await observeNftTables())
      const steps = await converge(network)
      // OVS forgets a tunnel neighbour after 15 minutes without an ARP answer, and never asks under steady traffic.
      const {tunnelEndpoints} = desiredState(network).host
      await machine.neighbours.put(nextHops(tunnelEndpoints, await observeRoutes()))
      return steps
    },
  }
}

/** A ruleset that somebody flushed must be put again. */
function stillThere(rulesets: Rulesets, tables: readonly string[]): Rulesets {
  const {nft, ingress} = rulesets
  return {
    ...(nft !== undefined && tables.includes(`inet ${nftTable}`) && {nft}),
    ...(ingress !== undefined && tables.includes(`netdev ${nftTable}`) && {ingress}),
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

function putRulesets(steps: readonly Step[]): Rulesets {
  const put = steps.filter((step) => step.kind === 'nft')
  return Object.fromEntries(put.map(({table, ruleset}) => [table === 'inet' ? 'nft' : 'ingress', ruleset]))
}
