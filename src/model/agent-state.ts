import type {AgentInfo} from './agent-info.ts'

export interface AgentState {
  /** healthy, silent, unknown, or "not DataplaneReady". */
  readonly word: string
  readonly why?: string
}

/** Agents report every minute (upstream: AgentMonitor). Three missed reports are no accident. */
const staleAfter = 200_000

/** How an agent is, in the words of its conditions; a heartbeat that stopped outweighs what they last said of well. */
export function agentState(info: AgentInfo, now: Date): AgentState {
  const failing = info.agentConditions.filter(({type, status}) => type !== 'FeatureNotAvailable' && status === 'False')
  if (failing.length > 0) {
    const whys = failing.flatMap(({message}) => (message === undefined || message === '' ? [] : [message]))
    return {word: `not ${failing.map(({type}) => type).join(', ')}`, ...(whys.length > 0 && {why: whys.join('; ')})}
  }
  const heartbeat = heartbeatOf(info)
  if (heartbeat === undefined) return {word: 'unknown', why: 'it never said how it is'}
  const silence = now.getTime() - heartbeat.getTime()
  return silence > staleAfter
    ? {word: 'silent', why: `its last report is ${Math.round(silence / 60_000)} minutes old`}
    : {word: 'healthy'}
}

/** The newest sign of life among the conditions. */
export function heartbeatOf(info: AgentInfo): Date | undefined {
  const times = info.agentConditions.map(({lastHeartbeatTime}) => Date.parse(lastHeartbeatTime)).filter(Number.isFinite)
  return times.length === 0 ? undefined : new Date(Math.max(...times))
}
