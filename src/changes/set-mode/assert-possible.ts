import type {AgentInfo} from '../../model/agent-info.ts'
import {AntctlError} from '../../model/errors.ts'
import {refuse} from '../../model/refusals/refuse.ts'
import type {TrafficMode} from '../../model/traffic-mode.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'

/** Are they all ours, which take up a new mode while they run? */
export function assertAgentsTake(infos: readonly AgentInfo[]): void {
  if (infos.length === 0) {
    throw new AntctlError('AGENT_MISSING', 'no Antrea agent has reported in this cluster yet', {
      remedy: [
        'kubectl -n kube-system get pods -l component=antrea-agent says whether any runs',
        'kubectl apply -f deploy/antrea.yml, where none is installed',
      ],
    })
  }
  const foreign = infos.filter((info) => !isOurAgent(info)).map(nodeOf)
  if (foreign.length > 0) throw refuse('agents-take-no-change', {nodes: foreign.join(', ')}, {code: 'MODE_REFUSED'})
}

/** A Node with its own word on one of these must say the same. */
export function assertNoneStays(
  infos: readonly AgentInfo[],
  wanted: {readonly trafficEncapMode: TrafficMode; readonly noSNAT: boolean},
): void {
  const stays = infos.filter((info) => {
    const {trafficEncapMode, noSNAT = false} = info.networkInfo
    return (
      (isOwn(info, 'trafficEncapMode') && trafficEncapMode !== wanted.trafficEncapMode) ||
      (isOwn(info, 'noSNAT') && noSNAT !== wanted.noSNAT)
    )
  })
  const [first] = stays.map(nodeOf)
  if (first === undefined) return
  throw refuse('node-says-otherwise', {nodes: stays.map(nodeOf).join(', '), first}, {code: 'MODE_REFUSED'})
}

/** Has it a mode of its own, by its AntreaNodeConfig? */
export function saysItself(info: AgentInfo): boolean {
  return isOwn(info, 'trafficEncapMode')
}

function isOwn({config}: AgentInfo, key: 'trafficEncapMode' | 'noSNAT'): boolean {
  return config?.sources?.[key]?.startsWith('antreanodeconfig/') === true
}
