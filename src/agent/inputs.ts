import type {Ip} from '../model/address.ts'
import type {AgentConfig} from '../model/agent-config.ts'
import type {ClusterNode} from '../model/node.ts'
import type {AgentState, LoadedConfig, Store} from './state.ts'

/** What the wiring of this Node is made from. */
export interface Inputs {
  /** With which this process started: keys that are read at start stay until the next one. */
  readonly config: AgentConfig
  readonly self: ClusterNode
  readonly internalIp: Ip | undefined
}

/** As soon as the configuration and this Node's podCIDR are both known. */
export async function wiringInputs(store: Store, node: string, signal: AbortSignal): Promise<Inputs> {
  const {started, self, internalIp} = await storeHas(store, (state) => found(state, node), signal)
  if (store.now().started === undefined) store.update({started})
  return {config: started.config, self, internalIp}
}

/** Would the wiring be another one now? */
export function sameInputs(a: Inputs, store: Store): boolean {
  const b = found(store.now(), a.self.name)
  return b === undefined || (String(a.self.podCidrs) === String(b.self.podCidrs) && a.internalIp === b.internalIp)
}

function found({started, loaded, nodes, internalIp}: AgentState, node: string) {
  const self = nodes?.find(({name, podCidrs}) => name === node && podCidrs.length > 0)
  const first: LoadedConfig | undefined = started ?? loaded
  return first === undefined || self === undefined ? undefined : {started: first, self, internalIp}
}

/** Resolves once `look` finds something in the state; rejects when the signal fires. */
export async function storeHas<T>(
  store: Store,
  look: (state: AgentState) => T | undefined,
  signal: AbortSignal,
): Promise<T> {
  const now = look(store.now())
  if (now !== undefined) return now
  const {promise, resolve, reject} = Promise.withResolvers<T>()
  const stop = () => reject(signal.reason)
  signal.addEventListener('abort', stop, {once: true})
  const forget = store.onChange((state) => {
    const there = look(state)
    if (there !== undefined) resolve(there)
  })
  try {
    signal.throwIfAborted()
    return await promise
  } finally {
    forget()
    signal.removeEventListener('abort', stop)
  }
}
