import type {AgentConfig} from '../model/agent-config.ts'
import type {ApiServer} from '../cluster/api.ts'
import {annotateTransport} from '../cluster/node-annotation.ts'
import {storeHas} from './inputs.ts'
import {keepTrying} from './keep-trying.ts'
import type {Log} from './log.ts'
import type {AgentState, Store} from './state.ts'

/**
 * Tells the peers, by the annotation of this Node, where it takes tunnelled and routed packets, whenever that changes and
 * as soon as the API server takes it. Where the transport interface is the one of the Node's own address, what was told
 * before, by this agent or another, is taken back.
 */
export async function announceTransport(
  api: ApiServer,
  node: string,
  {store, log, signal}: {readonly store: Store; readonly log: Log; readonly signal: AbortSignal},
): Promise<void> {
  let told: string | undefined
  const announce = async () => {
    const addresses = await storeHas(store, (state) => unlessTold(state, told), signal)
    await annotateTransport(api, node, addresses)
    told = addresses.join()
  }
  const onFailure = (error: unknown) => log.warn({err: error}, 'transport address not announced')
  while (!signal.aborted) await keepTrying(announce, {signal, onFailure})
}

function unlessTold({started, wiring}: AgentState, told: string | undefined): readonly string[] | undefined {
  if (wiring === undefined) return undefined
  const addresses = isChosen(started?.config) ? wiring.transport.map(({ip}) => ip) : []
  return addresses.join() === told ? undefined : addresses
}

function isChosen(config: AgentConfig | undefined): boolean {
  return config?.transportInterface !== undefined || (config?.transportInterfaceCIDRs ?? []).length > 0
}
