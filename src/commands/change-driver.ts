import type {Session} from '../cluster/session.ts'
import type {LiveCluster} from '../changes/engine/live-cluster.ts'

/** Seconds for the Nodes of a step to follow, where nobody says how long. */
export const patience = 120

/** All rules that are missing for what such a cluster's change takes, before anything is changed. */
export async function assertRights({cluster, infos}: Session): Promise<void> {
  const [{assertOperator, operatorRights, rollingRights}, {isUpstream}] = await Promise.all([
    import('../cluster/rights.ts'),
    import('../cluster/agent-infos.ts'),
  ])
  await assertOperator(cluster.api, isUpstream(infos) ? rollingRights : operatorRights)
}

export async function liveCluster(session: Session): Promise<LiveCluster> {
  const [{openChangeCluster, openUpstreamCluster}, {isUpstream}] = await Promise.all([
    import('../changes/engine/live-cluster.ts'),
    import('../cluster/agent-infos.ts'),
  ])
  return isUpstream(session.infos) ? openUpstreamCluster(session.cluster) : openChangeCluster(session.cluster)
}
