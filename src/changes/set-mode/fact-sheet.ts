import {createHash} from 'node:crypto'
import {type AgentInfo} from '../../model/agent-info.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import type {ModeFacts} from './plan.ts'
import {configHash} from './hash.ts'

/** What decided a plan, in words: by what it is a fact of (the ConfigMap, a Node), then by its name. */
export type FactSheet = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Heartbeats, counters and whatever else changes all the time are no facts here. */
export function factSheet({config, infos, ways = [], nodes, controllers, upstream}: ModeFacts): FactSheet {
  const waysByNode = new Map(ways.map(({from, ...rest}) => [from, rest]))
  const ofNodes = infos.map((info) => {
    const name = nodeOf(info)
    const {provider, providerId, cloudRoutes} = nodes?.get(name) ?? {}
    return [
      `Node ${name}`,
      told({
        ...ofAgent(info),
        provider: providerId ?? provider,
        'routes of the cloud': cloudRoutes,
        'ways without a tunnel': digest(waysByNode.get(name)),
        'ways by its flows': digest(upstream?.seen.get(name)?.map((path) => [path.to, path.podCidr, path.class])),
      }),
    ] as const
  })
  return {
    'ConfigMap antrea-config': {'antrea-agent.conf': configHash(config)},
    'Namespace kube-system': told({'programs that keep routes': controllers && JSON.stringify(controllers)}),
    ...Object.fromEntries(ofNodes),
  }
}

export function hashOfFacts(sheet: FactSheet): string {
  return createHash('sha256').update(JSON.stringify(sheet)).digest('hex').slice(0, 16)
}

/** The facts that differ, each in a sentence; few are named, however many they are. */
export function changedFacts(before: FactSheet, now: FactSheet): readonly string[] {
  const subjects = [...new Set([...Object.keys(before), ...Object.keys(now)])]
  return subjects.flatMap((subject) => {
    const [was, is] = [before[subject], now[subject]]
    if (was === undefined) return [`${subject} is new`]
    if (is === undefined) return [`${subject} is gone`]
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])]
    return names
      .filter((name) => was[name] !== is[name])
      .map((name) => `${subject}: ${name} was ${was[name] ?? 'not told'}, is ${is[name] ?? 'not told'}`)
  })
}

function ofAgent({networkInfo, nodeSubnets, config, agentConditions}: AgentInfo) {
  const own = Object.entries(config?.sources ?? {}).filter(([, source]) => source.startsWith('antreanodeconfig/'))
  const isValid = agentConditions.find(({type}) => type === 'ConfigValid')?.status
  return {
    trafficEncapMode: networkInfo.trafficEncapMode,
    noSNAT: networkInfo.noSNAT,
    tunnels: networkInfo.tunnels?.join(',') ?? networkInfo.tunnelType,
    podMTU: networkInfo.podMTU,
    'transport interface': networkInfo.transportInterface,
    'transport addresses': networkInfo.transportInterfaceIPs?.join(','),
    'MTU of the transport interface': networkInfo.transportInterfaceMTU,
    podCIDRs: nodeSubnets.join(','),
    configuration: config?.hash,
    values: config?.valuesHash,
    'own values': own.map(([key]) => `${key}=${String(config?.values?.[key])}`).join(','),
    'configuration taken': isValid,
  }
}

/** What is not known is no fact. */
function told(
  facts: Readonly<Record<string, string | number | boolean | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, fact]) => (fact === undefined || fact === '' ? [] : [[name, String(fact)]])),
  )
}

function digest(value: unknown): string | undefined {
  return value === undefined ? undefined : configHash(JSON.stringify(value))
}
