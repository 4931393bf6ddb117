import type {KernelRoute} from '../../model/agent-api.ts'
import type {NodeNetwork} from '../../model/node-network.ts'
import {desiredHost} from '../host/desired.ts'
import type {HostState, LinkSetting} from '../host/state.ts'
import type {Flow} from '../openflow/flow.ts'
import {desiredFlows} from '../pipeline/desired.ts'

/** What one Node must hold. */
export interface DesiredState {
  readonly flows: readonly Flow[]
  readonly host: HostState
}

/** What one Node holds, as the switch and the kernel say. */
export interface ObservedState {
  readonly flows: readonly Flow[]
  /** The whole main table: ours are found by routeProtocol, the others tell the next hops. */
  readonly routes: readonly KernelRoute[]
  /** The rulesets that this process put last; undefined after a start, when they are put again (one transaction, no gap). */
  readonly nft?: string
  readonly ingress?: string
  /** Value by key, for the keys that desiredHost names; a key that is missing is written. */
  readonly sysctls: Readonly<Record<string, string>>
  /** Every link of the Node. */
  readonly links: readonly LinkSetting[]
}

export function desiredState(network: NodeNetwork): DesiredState {
  return {flows: desiredFlows(network), host: desiredHost(network)}
}
