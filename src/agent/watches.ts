import {setTimeout as sleep} from 'node:timers/promises'
import type {ApiServer} from '../cluster/api.ts'
import {hasNetworkPolicies} from '../cluster/network-policies.ts'
import {translateConfigMap} from '../cluster/translate-config-map.ts'
import {nameOf, translateNodeConfig, translateRestartRequest} from '../cluster/translate-node-config.ts'
import {providerOf} from '../cluster/node-facts.ts'
import {internalIpOf, translateNode} from '../cluster/translate-node.ts'
import {watchCollection} from '../cluster/watch.ts'
import type {AntctlError} from '../model/errors.ts'
import type {ClusterNode} from '../model/node.ts'
import type {Ip} from '../model/address.ts'
import {names} from '../model/names.ts'
import {recallInputs} from './checkpoint.ts'
import type {Log} from './log.ts'
import {notReadYet, type Store} from './state.ts'
import {openRestartRequests} from './restart-requests.ts'
import {startTakingConfig} from './take-config.ts'

interface Inputs {
  readonly api: ApiServer
  readonly node: string
  readonly store: Store
  readonly log: Log
  readonly signal: AbortSignal
}

/** Keeps Nodes and the configuration in the store, from the API server, until the signal fires. */
export function startWatches(
  {api, node, store, log, signal}: Inputs,
  onRestart: (requestedAt: Date) => void = () => undefined,
): void {
  const onTrouble = (error: AntctlError) => {
    log.warn({err: error}, 'watch')
    if (error.code === 'API_UNREACHABLE') store.update({apiTrouble: error.message})
  }
  const nodes = {
    path: '/api/v1/nodes',
    neverEmpty: true,
    translate: (object: unknown) => {
      const value = translateNode(object)
      return (
        value && {key: value.name, value: {...value, internalIp: internalIpOf(object), provider: providerOf(object)}}
      )
    },
  }
  const config = {
    path: `/api/v1/namespaces/${names.namespace}/configmaps?fieldSelector=metadata.name=${names.configMap}`,
    translate: (object: unknown) => {
      const value = translateConfigMap(object, names.configKey)
      return value === undefined ? undefined : {key: names.configMap, value}
    },
  }
  const nodeConfig = {
    path: `/apis/crd.antrea.io/v1alpha1/antreanodeconfigs?fieldSelector=metadata.name=${encodeURIComponent(node)}`,
    translate: (object: unknown) =>
      nameOf(object) === node
        ? {key: node, value: {config: translateNodeConfig(object), restart: translateRestartRequest(object)}}
        : undefined,
  }
  const {takeText, takeNodeConfig} = startTakingConfig(store, log)
  const takeRestart = openRestartRequests(onRestart)
  void watchCollection(api, nodes, {signal, onTrouble, onChange: (items) => takeNodes(items, node, store)})
  void watchCollection(api, config, {
    signal,
    onTrouble,
    onChange: (items) => takeText(items.get(names.configMap)),
  })
  let wasRead = false
  void watchCollection(api, nodeConfig, {
    signal,
    onTrouble: (error) => {
      // A cluster without that kind has none for us, nor has one whose rights are of an earlier version.
      const isNone = error.code === 'API_NOT_FOUND' || (error.code === 'API_FORBIDDEN' && !wasRead)
      if (isNone) takeNodeConfig(undefined)
      else onTrouble(error)
    },
    onChange: (items) => {
      wasRead = true
      const {config, restart} = items.get(node) ?? {}
      takeNodeConfig(config)
      takeRestart(restart)
    },
  })
  void lookForPolicies(api, store, signal)
}

/** How long a start waits for the API server before it begins with what was known last (ms). */
const patience = 1_000

/** Where the API server does not answer soon, the agent begins with the checkpoint: Pods must not wait for it. */
export async function fallBackToCheckpoint(
  file: string,
  {node, store, log, signal}: Omit<Inputs, 'api'>,
): Promise<void> {
  await sleep(patience, undefined, {signal}).catch(() => undefined)
  if (signal.aborted || (store.now().nodes !== undefined && store.now().loaded !== undefined)) return
  try {
    const recalled = await recallInputs(file, node)
    if (recalled === undefined) return
    const {nodes, loaded, configTrouble} = store.now()
    const {internalIp, nodes: knownNodes, configText, nodeConfig, loaded: knownConfig} = recalled
    store.update({
      ...(nodes === undefined && {nodes: knownNodes, ...(internalIp !== undefined && {internalIp})}),
      ...(loaded === undefined && {
        configText,
        nodeConfig,
        loaded: knownConfig,
        loadedAt: performance.now(),
        // What the API server said may have been refused: then the last good one is run, and the refusal stays told.
        configTrouble: configTrouble === notReadYet ? undefined : configTrouble,
      }),
    })
    log.warn({peers: knownNodes.length}, 'the API server does not answer: begun with what it said last')
  } catch (error) {
    log.error({err: error}, 'no checkpoint')
  }
}

/** Nobody enforces NetworkPolicies yet: whether there are any is only told, so one object a minute is enough to ask for. */
async function lookForPolicies(api: ApiServer, store: Store, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const networkPolicies = await hasNetworkPolicies(api).catch(() => undefined)
    if (networkPolicies !== undefined && networkPolicies !== store.now().networkPolicies)
      store.update({networkPolicies})
    await sleep(60_000, undefined, {signal}).catch(() => undefined)
  }
}

type WatchedNode = ClusterNode & {readonly internalIp: Ip | undefined; readonly provider: string | undefined}

function takeNodes(items: ReadonlyMap<string, WatchedNode>, node: string, store: Store): void {
  const {internalIp, provider} = items.get(node) ?? {}
  store.update({
    nodes: [...items.values()],
    apiTrouble: undefined,
    ...(internalIp !== undefined && {internalIp}),
    ...(provider !== undefined && {provider}),
  })
}
