import {sentenceOf} from '../model/errors.ts'
import {refuse} from '../model/refusals/refuse.ts'
import type {Surroundings} from '../model/refusals/row.ts'
import {loadConfig} from './load-config.ts'
import type {Log} from './log.ts'
import type {AgentState, Store} from './state.ts'

/**
 * Takes what the API server says of antrea-agent.conf; undefined: the ConfigMap has no such key. A text that is refused
 * changes nothing but what is told: the datapath keeps what it has. Each is judged again once more is known of the Node.
 */
export function startTakingConfig(store: Store, log: Log): (text: string | undefined) => void {
  let said: {readonly text: string | undefined} | undefined
  store.onChange((now, before) => {
    if (said !== undefined && now.wiring !== before.wiring) take(said.text, store, log)
  })
  return (text) => {
    said = {text}
    store.update({apiTrouble: undefined})
    take(text, store, log)
  }
}

function take(text: string | undefined, store: Store, log: Log): void {
  const {loaded: before, configTrouble} = store.now()
  try {
    if (text === undefined) throw refuse('config-missing')
    const loaded = loadConfig(text, process.env, surroundingsOf(store.now()))
    if (loaded.hash === before?.hash && configTrouble === undefined) return
    store.update({loaded, configText: text, loadedAt: performance.now(), configTrouble: undefined})
    log.info({hash: loaded.hash, mode: loaded.config.trafficEncapMode}, 'configuration read')
    for (const warning of loaded.warnings) log.warn(warning)
  } catch (error) {
    const trouble = sentenceOf(error)
    if (trouble === configTrouble) return
    store.update({configTrouble: trouble})
    log.error({err: error}, 'configuration refused')
  }
}

/** What the Node's wiring tells; nothing before there is one. */
function surroundingsOf({wiring}: AgentState): Surroundings {
  if (wiring === undefined) return {}
  const {podCidr, transport, transportMtu: mtu} = wiring
  return {podCidrs: [podCidr], transport: {mtu, addresses: transport}}
}
