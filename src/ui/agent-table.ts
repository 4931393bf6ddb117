import type {AgentInfo} from '../model/agent-info.ts'
import type {Column} from './table.ts'
import type {Theme} from './theme.ts'

/** How an agent is, in the words of its conditions; a heartbeat that stopped outweighs what they last said. */
export function agentStatus(info: AgentInfo, now: Date): string {
  const heartbeat = heartbeatOf(info)
  const failing = info.agentConditions.filter(({type, status}) => type !== 'FeatureNotAvailable' && status === 'False')
  if (failing.length > 0) return `not ${failing.map(({type}) => type).join(', ')}`
  if (heartbeat === undefined) return 'unknown'
  return now.getTime() - heartbeat.getTime() > staleAfter ? 'silent' : 'healthy'
}

/** Agents report every minute (upstream: AgentMonitor). Three missed reports are no accident. */
const staleAfter = 200_000

export function agentColumns(now: Date): readonly Column<AgentInfo>[] {
  return [
    {title: 'NODE', value: (info) => info.nodeRef.name ?? info.metadata.name},
    {
      title: 'STATUS',
      value: (info) => agentStatus(info, now),
      paint: (info, theme) => paintStatus(agentStatus(info, now), theme),
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

/** The newest sign of life among the conditions. */
function heartbeatOf(info: AgentInfo): Date | undefined {
  const times = info.agentConditions.map(({lastHeartbeatTime}) => Date.parse(lastHeartbeatTime)).filter(Number.isFinite)
  return times.length === 0 ? undefined : new Date(Math.max(...times))
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
