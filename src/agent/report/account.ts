import type {AgentInfo} from '../../model/agent-info.ts'
import {tableName} from '../../datapath/pipeline/tables.ts'
import type {Live} from '../session.ts'
import type {Store} from '../state.ts'
import {describeAgent, type Reported} from './agent-info.ts'

/** Gives the agent's account of itself as it is at each call, with the flows counted anew. */
export function openAccount({
  store,
  live,
  ...reported
}: Omit<Reported, 'now'> & {readonly store: Store; readonly live: () => Live | undefined}): () => Promise<AgentInfo> {
  return async () => {
    const tables =
      (await live()
        ?.openflow.tableStats()
        .catch(() => [])) ?? []
    const counted = tables.filter(({flows}) => flows > 0)
    store.update({flowTable: Object.fromEntries(counted.map(({table, flows}) => [tableName(table), flows]))})
    return describeAgent(store.now(), {...reported, now: new Date()})
  }
}
