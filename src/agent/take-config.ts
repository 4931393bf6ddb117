import type {NodeConfig} from '../model/config/effective.ts'
import {sentenceOf} from '../model/errors.ts'
import {refuse} from '../model/refusals/refuse.ts'
import type {Surroundings} from '../model/refusals/row.ts'
import {hasKernelDatapath} from '../datapath/machine/kernel-datapath.ts'
import {loadConfig} from './load-config.ts'
import type {Log} from './log.ts'
import {type AgentState, type LoadedConfig, sameConfig, type Store} from './state.ts'

/** What the API server says of the configuration. */
export interface TakingConfig {
  /** antrea-agent.conf; undefined: the ConfigMap has no such key. */
  takeText(text: string | undefined): void
  /** Of this Node; undefined: it has none. */
  takeNodeConfig(nodeConfig: NodeConfig | undefined): void
}

interface Said {
  readonly text?: {readonly value: string | undefined}
  readonly nodeConfig?: {readonly value: NodeConfig | undefined}
}

/** Milliseconds for which what was sent in the mode before may still be answered. */
const forgetting = 60_000

/**
 * Takes both as soon as both are known: one without the other may be another mode. What is refused changes nothing but
 * what is told: the datapath keeps what it has. Each is judged again once more is known of the Node.
 */
export function startTakingConfig(store: Store, log: Log): TakingConfig {
  let said: Said = {}
  let former: NodeJS.Timeout | undefined
  const take = (more: Said): void => {
    said = {...said, ...more}
    const {text, nodeConfig} = said
    if (text !== undefined && nodeConfig !== undefined) takeBoth(text.value, nodeConfig.value, {store, log})
  }
  store.onChange((now, before) => {
    if (now.wiring !== before.wiring || now.provider !== before.provider) take({})
    if (now.formerMode !== undefined && now.loaded !== before.loaded) {
      clearTimeout(former)
      former = setTimeout(() => store.update({formerMode: undefined}), forgetting).unref()
    }
  })
  return {
    takeText: (value) => {
      store.update({apiTrouble: undefined})
      take({text: {value}})
    },
    takeNodeConfig: (value) => take({nodeConfig: {value}}),
  }
}

function takeBoth(
  text: string | undefined,
  nodeConfig: NodeConfig | undefined,
  {store, log}: {readonly store: Store; readonly log: Log},
): void {
  const {loaded: before, configTrouble} = store.now()
  try {
    if (text === undefined) throw refuse('config-missing')
    const sources = {text, ...(nodeConfig !== undefined && {nodeConfig})}
    const loaded = loadConfig(sources, process.env, surroundingsOf(store.now()))
    // What was refused between was never in force.
    const isInForce = before !== undefined && sameConfig(loaded, before)
    if (isInForce && configTrouble === undefined) return
    const lastChange = {time: new Date().toISOString(), result: 'applied', milliseconds: 0}
    store.update({
      loaded,
      configText: text,
      nodeConfig,
      loadedAt: performance.now(),
      ...(before !== undefined && isOther(before, loaded) && {formerMode: before.config.trafficEncapMode}),
      configTrouble: undefined,
      ...(isInForce && {lastChange}),
    })
    log.info({hash: loaded.hash, mode: loaded.config.trafficEncapMode}, 'configuration read')
    for (const warning of loaded.warnings) log.warn(warning)
  } catch (error) {
    const trouble = sentenceOf(error)
    if (trouble === configTrouble) return
    const lastChange = {time: new Date().toISOString(), result: 'refused', milliseconds: 0, why: trouble}
    store.update({configTrouble: trouble, lastChange})
    log.error({err: error}, 'configuration refused')
  }
}

function isOther(a: LoadedConfig, b: LoadedConfig): boolean {
  return a.config.trafficEncapMode !== b.config.trafficEncapMode
}

/** What the kernel tells, and as soon as they are known the Node's object and its wiring. */
function surroundingsOf({wiring, provider}: AgentState): Surroundings {
  return {
    kernelDatapath: hasKernelDatapath(),
    ...(provider !== undefined && {provider}),
    ...(wiring !== undefined && {
      podCidrs: [wiring.podCidr],
      transport: {mtu: wiring.transportMtu, addresses: wiring.transport},
    }),
  }
}
