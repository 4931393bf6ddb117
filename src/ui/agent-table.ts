import type {AgentInfo} from '../model/agent-info.ts'
import {agentState, heartbeatOf} from '../model/agent-state.ts'
import type {Column} from './table.ts'
import type {Theme} from './theme.ts'

export function agentColumns(now: Date): readonly Column<AgentInfo>[] {
  return [
    {title: 'NODE', value: (info) => info.nodeRef.name ?? info.metadata.name},
    {
      title: 'STATUS',
      value: (info) => agentState(info, now).word,
      paint: (info, theme) => paintStatus(agentState(info, now).word, theme),
    },
    {title: 'MODE', value: (info) => info.networkInfo.trafficEncapMode},
    {title: 'TUNNEL', value: (info) => info.networkInfo.tunnelType, spare: 1},
    {title: 'TRANSPORT', value: (info) => info.networkInfo.transportInterfaceIPs?.join(',')},
    {title: 'PODCIDR', value: (info) => info.nodeSubnets.join(',')},
    {title: 'PODS', value: (info) => info.localPodNum, align: 'right'},
    {title: 'POD-MTU', value: (info) => info.networkInfo.podMTU, align: 'right', spare: 2},
    {title: 'VERSION', value: (info) => info.version, spare: 3},
    {title: 'HEARTBEAT', value: (info) => age(heartbeatOf(info), now)},
    {title: 'INTERFACE', value: (info) => info.networkInfo.transportInterface, wide: true},
    {title: 'MTU', value: (info) => info.networkInfo.transportInterfaceMTU, align: 'right', wide: true},
    {title: 'SNAT', value: ({networkInfo: {noSNAT}}) => snatWord(noSNAT), wide: true},
    {title: 'OVS', value: (info) => info.ovsInfo.version, wide: true},
    {title: 'FLOWS', value: (info) => sum(Object.values(info.ovsInfo.flowTable)), align: 'right', wide: true},
    {title: 'CONFIG', value: (info) => info.config?.hash, wide: true},
    {title: 'POD', value: (info) => info.podRef.name, wide: true},
  ]
}

function snatWord(noSNAT: boolean | undefined): string | undefined {
  return noSNAT === undefined ? undefined : noSNAT ? 'no' : 'yes'
}

function sum(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : numbers.reduce((total, number) => total + number, 0)
}

function paintStatus(status: string, theme: Theme): (text: string) => string {
  if (status === 'healthy') return theme.good
  return status.startsWith('not ') ? theme.bad : theme.warn
}

/** kubectl's way: "42s", "7m", "3h", "12d". */
export function age(since: Date | undefined, now: Date): string | undefined {
  if (since === undefined) return undefined
  const seconds = Math.max(0, Math.round((now.getTime() - since.getTime()) / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86_400)}d`
}
