import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import type {NodeNetwork} from '../model/node-network.ts'
import {peersOf} from '../model/node.ts'
import type {AgentState} from './state.ts'

/** The input of the pure functions; throws while something of it is not known yet. */
export function networkOf({wiring, loaded, nodes, pods, probe}: AgentState): NodeNetwork {
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
    ...(probe !== undefined && {probe}),
  }
}
