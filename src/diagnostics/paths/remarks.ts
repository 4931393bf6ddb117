import type {AgentInfo} from '../../model/agent-info.ts'
import {subnetTroubles} from '../../model/subnet.ts'
import {isTrafficMode, trafficModes} from '../../model/traffic-mode.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import {underlayOf} from './underlay.ts'

/** What people should know beside a result, though nothing of it failed. */
export interface Remark {
  readonly sentence: string
  readonly remedy?: string
}

/** What the Nodes' agents say of their network, and what of their masks only all of them together show. */
export function networkRemarks(infos: readonly AgentInfo[]): readonly Remark[] {
  return [...subnetRemarks(infos), ...infos.flatMap(conditionRemarks)]
}

/** Masks decide nothing where every packet is tunnelled. */
function subnetRemarks(infos: readonly AgentInfo[]): readonly Remark[] {
  const sendsDirectly = infos.some(({networkInfo: {trafficEncapMode: mode = ''}}) => {
    return isTrafficMode(mode) && trafficModes[mode].tunnels !== 'always'
  })
  return sendsDirectly ? subnetTroubles(underlayOf(infos).nodes).map(({sentence, remedy}) => ({sentence, remedy})) : []
}

/** A condition that is well and speaks all the same. */
function conditionRemarks(info: AgentInfo): readonly Remark[] {
  return info.agentConditions.flatMap(({type, message}) =>
    type === 'DataplaneReady' && message !== undefined ? [{sentence: `${nodeOf(info)}: ${message}`}] : [],
  )
}
