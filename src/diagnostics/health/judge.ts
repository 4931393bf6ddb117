import type {AgentInfo} from '../../model/agent-info.ts'
import {agentState} from '../../model/agent-state.ts'
import {effectiveConfig} from '../../model/agent-config.ts'
import {sentenceOf} from '../../model/errors.ts'
import {names} from '../../model/names.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import {networkRemarks} from '../paths/remarks.ts'
import type {Finding, HealthFacts, HealthReport} from './report.ts'

/** Facts → one page. */
export function judgeHealth(facts: HealthFacts): HealthReport {
  const {infos, nodes, now, silent, drifts} = facts
  const findings = [
    ...agentFindings(facts),
    ...silentFindings(facts),
    ...changeFindings(facts),
    ...configFindings(facts),
    ...driftFindings(facts),
    ...versionFindings(infos),
    ...networkRemarks(infos).map(({sentence, remedy}): Finding => ({
      severity: 'warn',
      area: 'paths',
      sentence,
      ...(remedy !== undefined && {next: remedy}),
    })),
    ...upstreamFindings(facts),
    ...absentFindings(facts),
  ]
  const healthy = infos.filter((info) => agentState(info, now).word === 'healthy').length
  return {
    healthy: !findings.some(({severity}) => severity === 'bad'),
    agents: {total: infos.length, healthy, answering: infos.length - silent.length},
    ...(nodes !== undefined && {nodes: nodes.length}),
    modes: modesOf(infos),
    versions: {
      agents: unique(infos.map(({version}) => version)),
      openVSwitch: unique(infos.map(({ovsInfo}) => ovsInfo.version)),
    },
    ...(infos.some(isOurAgent) && {deviations: drifts.reduce((sum, {total}) => sum + total, 0)}),
    findings: findings.toSorted((a, b) => weight[a.severity] - weight[b.severity]),
  }
}

const weight = {bad: 0, warn: 1, info: 2} as const

/** What they do not tell must not be taken for well. */
function upstreamFindings({infos}: HealthFacts): readonly Finding[] {
  const nodes = infos.filter((info) => !isOurAgent(info)).map(nodeOf)
  if (nodes.length === 0) return []
  const sentence = `the agents of ${some(nodes)} are upstream's: they tell neither their mode nor what drifts`
  return [{severity: 'info', area: 'agents', sentence, next: 'antctl get paths says by their flows how they send'}]
}

function agentFindings({infos, nodes = [], now}: HealthFacts): readonly Finding[] {
  const reporting = new Set(infos.map(nodeOf))
  const missing = nodes.filter(({name}) => !reporting.has(name)).map(({name}) => name)
  return [
    ...(infos.length === 0
      ? [{severity: 'bad', area: 'agents', sentence: 'no agent reports', next: pods} as const]
      : []),
    ...(missing.length === 0
      ? []
      : [{severity: 'bad', area: 'agents', sentence: `no agent reports from ${some(missing)}`, next: pods} as const]),
    ...infos.flatMap((info): readonly Finding[] => {
      const {word, why} = agentState(info, now)
      if (word === 'healthy') return []
      const next = `kubectl -n ${names.namespace} logs ${info.podRef.name ?? 'POD'} -c ${names.agentContainer}`
      const sentence = `${nodeOf(info)} is ${word}${why === undefined ? '' : `: ${why}`}`
      return [{severity: 'bad', area: 'agents', sentence, next}]
    }),
  ]
}

const pods = `kubectl -n ${names.namespace} get pods -l component=antrea-agent -o wide`

function silentFindings({silent}: HealthFacts): readonly Finding[] {
  return silent.map(({node, why}) => ({
    severity: 'bad',
    area: 'agents',
    sentence: `the agent of ${node} does not answer: ${why}`,
    next: `antctl get agentinfo ${node} --live -v`,
  }))
}

const finished = new Set(['done', 'undone', 'finished'])

function changeFindings({change}: HealthFacts): readonly Finding[] {
  if (change === undefined || finished.has(change.state)) return []
  const what = change.to === undefined ? 'a mode change' : `the change from ${change.from ?? '?'} to ${change.to}`
  return [
    {
      severity: 'warn',
      area: 'change',
      sentence: `${what} is not finished (${change.state})`,
      next: 'antctl set-mode --status says what ends it',
    },
  ]
}

function configFindings({config, infos}: HealthFacts): readonly Finding[] {
  const own = infos.filter(isOurAgent)
  const refused = own.flatMap((info): readonly Finding[] =>
    info.agentConditions.flatMap(({type, status, message = ''}) =>
      type === 'ConfigValid' && status === 'False'
        ? [{severity: 'bad', area: 'configuration', sentence: `${nodeOf(info)}: ${message}`, next: 'antctl get config'}]
        : [],
    ),
  )
  const modes = Object.entries(modesOf(own)).filter(([mode]) => mode !== unknown)
  const mixed = modes.map(([mode, nodes]) => `${mode} on ${some(nodes)}`).join(', ')
  return [
    ...refused,
    ...(modes.length < 2
      ? []
      : [
          {
            severity: 'warn',
            area: 'configuration',
            sentence: `Nodes run different modes: ${mixed}`,
            next: 'antctl get config',
          } as const,
        ]),
    ...laggingFindings(config, own),
  ]
}

/** Nodes that do not run what the ConfigMap says; their own AntreaNodeConfig may mean it so. */
function laggingFindings(config: string | undefined, infos: readonly AgentInfo[]): readonly Finding[] {
  if (config === undefined) return []
  const said = readValues(config)
  if (typeof said === 'string')
    return [{severity: 'bad', area: 'configuration', sentence: said, next: 'antctl get config --text'}]
  return infos.flatMap(({config: running, ...info}): readonly Finding[] => {
    const {values = {}, sources = {}} = running ?? {}
    const others = Object.entries(said).filter(([key, value]) => key in values && values[key] !== value)
    const isOwn = others.filter(([key]) => sources[key]?.startsWith('antreanodeconfig/') === true)
    const words = (keys: typeof others) => keys.map(([key]) => `${key} ${String(values[key])}`).join(', ')
    const lagging = others.filter((one) => !isOwn.includes(one))
    const node = info.nodeRef.name ?? info.metadata.name
    return [
      ...(isOwn.length === 0
        ? []
        : [
            {
              severity: 'info',
              area: 'configuration',
              sentence: `${node} has its own ${words(isOwn)}`,
              next: 'antctl get config',
            } as const,
          ]),
      ...(lagging.length === 0
        ? []
        : [
            {
              severity: 'warn',
              area: 'configuration',
              sentence: `${node} still runs ${words(lagging)}, other than the ConfigMap says`,
              next: `antctl get agentinfo ${node} -o yaml`,
            } as const,
          ]),
    ]
  })
}

function readValues(config: string) {
  try {
    return effectiveConfig({text: config}, {allowWithoutProxy: true}).values
  } catch (error) {
    return `the ConfigMap is refused: ${sentenceOf(error)}`
  }
}

function driftFindings({drifts}: HealthFacts): readonly Finding[] {
  return drifts
    .filter(({total}) => total > 0)
    .map(({node, total}) => ({
      severity: 'warn',
      area: 'drift',
      sentence: `${node} holds ${total} ${total === 1 ? 'thing' : 'things'} other than it must`,
      next: `antctl get drift --nodes ${node}`,
    }))
}

function versionFindings(infos: readonly AgentInfo[]): readonly Finding[] {
  const kinds = {agents: infos.map(({version}) => version), 'Open vSwitch': infos.map(({ovsInfo}) => ovsInfo.version)}
  return Object.entries(kinds).flatMap(([what, versions]) => {
    const different = unique(versions)
    return different.length < 2
      ? []
      : [
          {
            severity: 'warn',
            area: 'versions',
            sentence: `${what} of different versions: ${different.join(', ')}`,
            next: 'antctl get agentinfo -o wide',
          } as const,
        ]
  })
}

function absentFindings({infos, networkPolicies}: HealthFacts): readonly Finding[] {
  const own = infos.filter(isOurAgent)
  if (own.length === 0) return []
  const missing = unique(
    own.flatMap(({agentConditions}) =>
      agentConditions.flatMap(({type, status, message}) =>
        type === 'FeatureNotAvailable' && status === 'True' && message !== undefined ? [message] : [],
      ),
    ),
  )
  return [
    ...(networkPolicies === true
      ? [
          {
            severity: 'warn',
            area: 'not enforced',
            sentence: 'there are NetworkPolicies, and nobody enforces them',
            next: 'kubectl get networkpolicies -A',
          } as const,
        ]
      : []),
    ...missing.map((sentence): Finding => ({
      severity: 'info',
      area: 'not enforced',
      sentence,
      next: 'antctl get featuregates',
    })),
  ]
}

const unknown = 'unknown'

function modesOf(infos: readonly AgentInfo[]): Readonly<Record<string, readonly string[]>> {
  const byMode = Map.groupBy(infos, ({networkInfo: {trafficEncapMode = unknown}}) => trafficEncapMode)
  return Object.fromEntries([...byMode].map(([mode, members]) => [mode, members.map(nodeOf)]))
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.filter((text) => text !== ''))].sort()
}

/** A thousand Nodes are not named one by one. */
function some(nodes: readonly string[]): string {
  return nodes.length <= 5 ? nodes.join(', ') : `${nodes.slice(0, 5).join(', ')} and ${nodes.length - 5} more`
}
