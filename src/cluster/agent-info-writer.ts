import type {AgentInfo} from '../model/agent-info.ts'
import type {ApiServer} from './api.ts'

/** Creates or updates this agent's AntreaAgentInfo by server-side apply, so that one verb (patch) is all it takes. */
export async function putAgentInfo(api: ApiServer, {metadata, ...info}: AgentInfo): Promise<void> {
  const path = `/apis/crd.antrea.io/v1beta1/antreaagentinfos/${encodeURIComponent(metadata.name)}`
  const object = {
    apiVersion: 'crd.antrea.io/v1beta1',
    kind: 'AntreaAgentInfo',
    metadata: {name: metadata.name},
    ...info,
  }
  await api.patch(`${path}?fieldManager=antrea-agent&force=true`, object, 'application/apply-patch+yaml')
}
