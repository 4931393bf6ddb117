import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import {readStoredConfig} from '../../cluster/config-map.ts'
import {readLastChange} from '../../cluster/last-change.ts'
import {hasNetworkPolicies} from '../../cluster/network-policies.ts'
import {askDrift} from '../../cluster/own-answers.ts'
import type {Session} from '../../cluster/session.ts'
import {translateNode} from '../../cluster/translate-node.ts'
import type {HealthFacts} from '../health/report.ts'
import {settleEachNode} from './each-node.ts'

/** One question to each agent and a handful to the API server; what may not be known is left out. */
export async function gatherHealth({cluster: {api}, infos, roads}: Session, signal: AbortSignal): Promise<HealthFacts> {
  const own = new Set(infos.filter(isOurAgent).map(nodeOf))
  const [nodes, config, networkPolicies, change, {answers, failures}] = await Promise.all([
    ifAllowed(
      api.list('/api/v1/nodes', {signal}).then(({items}) => items.flatMap((item) => translateNode(item) ?? [])),
    ),
    ifAllowed(readStoredConfig(api, {signal}).then(({text}) => text)),
    ifAllowed(hasNetworkPolicies(api)),
    readLastChange(api, {signal}),
    settleEachNode(
      roads.nodes,
      async (node) => {
        if (own.has(node)) return (await askDrift(roads, node)).total
        await roads.ask(node, '/agentinfo')
        return 0
      },
      signal,
    ),
  ])
  return {
    now: new Date(),
    infos,
    nodes,
    config,
    networkPolicies,
    change,
    drifts: answers.map(({node, answer: total}) => ({node, total})),
    silent: failures.map(({node, error}) => ({node, why: sentenceOf(error)})),
  }
}

async function ifAllowed<Fact>(fact: Promise<Fact>): Promise<Fact | undefined> {
  try {
    return await fact
  } catch (error) {
    const isMissing = error instanceof AntctlError && ['API_FORBIDDEN', 'CONFIG_INVALID'].includes(error.code)
    if (isMissing) return undefined
    throw error
  }
}
