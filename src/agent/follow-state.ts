import type {AgentEventKind} from '../model/agent-api.ts'
import type {EventLog} from './events.ts'
import {type AgentState, sameConfig, type Store} from './state.ts'

/** Troubles whose coming and going is an event: its kind, and what is said when it is over. */
const troubles = {
  ovsdbTrouble: {kind: 'connection', over: 'connected to ovsdb-server'},
  openflowTrouble: {kind: 'connection', over: 'connected to ovs-vswitchd'},
  apiTrouble: {kind: 'connection', over: 'the API server answers'},
  configTrouble: {kind: 'configuration', over: 'the configuration is valid'},
  wiringTrouble: {kind: 'trouble', over: 'bridges and ports are as they must be'},
  tunnelTrouble: {kind: 'trouble', over: 'every peer is reached by tunnels'},
  dataplaneTrouble: {kind: 'trouble', over: 'the datapath is as it must be'},
} as const satisfies Partial<Record<keyof AgentState, {readonly kind: AgentEventKind; readonly over: string}>>

/** Writes down what comes and goes in the agent's state. */
export function followState(store: Store, events: EventLog): void {
  store.onChange((now, before) => {
    for (const [name, {kind, over}] of Object.entries(troubles)) {
      const [trouble, earlier]: readonly unknown[] = [Reflect.get(now, name), Reflect.get(before, name)]
      if (trouble !== earlier) events.add(kind, typeof trouble === 'string' ? trouble : over)
    }
    if (now.loaded !== before.loaded && !sameConfig(now.loaded, before.loaded)) {
      const {hash = '', config} = now.loaded ?? {}
      events.add('configuration', `configuration read: ${config?.trafficEncapMode}`, {hash})
      for (const warning of now.loaded?.warnings ?? []) events.add('configuration', warning, {hash})
    }
  })
}
