import type {AgentState} from '../state.ts'
import type {Answer} from './server.ts'

/** Ready is forwarding: by our flows and routes, with both connections up, as a valid configuration says. */
export function readiness(state: AgentState): Answer {
  const {configTrouble, ovsdbTrouble, openflowTrouble, dataplaneTrouble, wiringTrouble} = state
  const troubles = {
    configuration: configTrouble,
    'ovsdb-server': ovsdbTrouble,
    'ovs-vswitchd': openflowTrouble,
    'bridges and ports': wiringTrouble,
    'flows and routes': dataplaneTrouble,
  }
  const sentences = Object.entries(troubles).flatMap(([what, trouble]) =>
    trouble === undefined ? [] : [`${what}: ${trouble}`],
  )
  return sentences.length === 0 ? {body: 'ok'} : {status: 503, body: sentences.join('\n')}
}
