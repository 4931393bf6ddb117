import {setTimeout as sleep} from 'node:timers/promises'
import type {AgentInfo} from '../../model/agent-info.ts'
import {AntctlError} from '../../model/errors.ts'
import {names} from '../../model/names.ts'
import type {PlannedClass} from '../../model/pair-group.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import type {PairPath} from '../../diagnostics/paths/pair.ts'
import {throughBridge} from '../../diagnostics/paths/through-bridge.ts'
import {expectedFrom} from './expected-classes.ts'
import type {ModePlan} from './mode-plan.ts'
import {runs} from './planned-node.ts'

/** What a mode change needs of a cluster; a test's fake is an object literal. */
export interface ModeCluster {
  write(config: string): Promise<void>
  agentInfos(): Promise<readonly AgentInfo[]>
  /** Paths from one Node to all others, from its live flows and routes. */
  observePairs(node: string): Promise<readonly PairPath[]>
}

export type ModeEvent =
  | {readonly step: 'written'; readonly hash: string}
  | {readonly step: 'changed'; readonly node: string; readonly milliseconds?: number}
  | {readonly step: 'verified'; readonly node: string; readonly paths: readonly PairPath[]}
  | {readonly step: 'failed'; readonly node: string; readonly why: string}

export interface ApplyOptions {
  readonly signal: AbortSignal
  /** Milliseconds for all Nodes together. */
  readonly patience: number
  /** Milliseconds between two looks. */
  readonly every?: number
}

/** Writes the plan and follows its effect Node by Node; ends with CHANGE_UNVERIFIED when a Node does not follow. */
export async function* applySetMode(
  plan: ModePlan,
  cluster: ModeCluster,
  options: ApplyOptions,
): AsyncGenerator<ModeEvent> {
  const deadline = Date.now() + options.patience
  if (plan.writes) {
    await cluster.write(plan.config)
    yield {step: 'written', hash: plan.hash}
  }
  const waiting = new Map<string, string>(
    plan.nodes.map(({node}) => [node, 'it has not taken up the new configuration']),
  )
  const changed = new Set<string>()
  while (waiting.size > 0 && Date.now() < deadline && !options.signal.aborted) {
    const infos = await cluster.agentInfos()
    for (const info of infos.filter((info) => waiting.has(nodeOf(info)))) {
      const node = nodeOf(info)
      const trouble = configTrouble(info, plan)
      if (trouble === undefined && !changed.has(node)) {
        changed.add(node)
        const milliseconds = info.config?.lastChange?.milliseconds
        yield {step: 'changed', node, ...(milliseconds !== undefined && {milliseconds})}
      }
      const found = trouble ?? (await verify(node, infos, plan, cluster))
      if (typeof found === 'string') waiting.set(node, found)
      else {
        waiting.delete(node)
        yield {step: 'verified', node, paths: found}
      }
    }
    if (waiting.size > 0) await sleep(options.every ?? 300, undefined, {signal: options.signal}).catch(() => undefined)
  }
  for (const [node, why] of waiting) yield {step: 'failed', node, why}
  if (waiting.size > 0) throw unverified(plan, waiting, options.signal)
}

/** Does the Node run the new configuration? undefined: yes. */
function configTrouble(info: AgentInfo, plan: ModePlan): string | undefined {
  const invalid = info.agentConditions.find(({type, status}) => type === 'ConfigValid' && status === 'False')
  if (invalid !== undefined) return `it refuses the configuration: ${invalid.message ?? invalid.reason ?? ''}`
  if (info.config?.hash !== plan.hash) return 'it has not taken up the new configuration'
  if (runs(info, {...plan, noSNAT: plan.noSNAT.to})) return undefined
  const {trafficEncapMode = 'no mode', noSNAT = false} = info.networkInfo
  return `it still reports ${trafficEncapMode}${noSNAT ? ' with noSNAT' : ''}`
}

/** The live flows and routes of a Node against what the mode asks for: its paths when they are right, else why not. */
async function verify(
  node: string,
  infos: readonly AgentInfo[],
  plan: ModePlan,
  cluster: ModeCluster,
): Promise<readonly PairPath[] | string> {
  const wanted = expectedFrom(node, plan.to, infos)
  const paths = await cluster.observePairs(node)
  const wrong = wanted.flatMap(({to, podCidr, class: expected}) => {
    const path = paths.find((path) => path.to === to && path.podCidr === podCidr)
    if (path === undefined) return [`nothing is known of its way to ${to}`]
    if (!fits(path.class, expected)) return [`to ${to} it is ${path.class}, not ${expected}: ${path.why}`]
    // The Node's own packets follow the kernel's route alone: it must agree with the flow.
    const bridged = path.route !== undefined && throughBridge(path.route)
    return bridged === (expected === 'tunnelled')
      ? []
      : [`its kernel's route to ${to} does not fit: dev ${path.route?.dev ?? 'none'}`]
  })
  return wrong[0] ?? paths
}

/** A Node may know the way to another subnet's Nodes itself, where a router was expected. */
function fits(found: PairPath['class'], expected: PlannedClass): boolean {
  return found === expected || (expected === 'fabric' && found === 'routed')
}

function unverified(plan: ModePlan, waiting: ReadonlyMap<string, string>, signal: AbortSignal): AntctlError {
  if (signal.reason instanceof AntctlError && signal.reason.code === 'INTERRUPTED') {
    return new AntctlError(
      'INTERRUPTED',
      `interrupted: the configuration says ${plan.to}, ${[...waiting.keys()].join(', ')} not verified`,
      {
        remedy: [`antctl set-mode ${plan.to}`],
      },
    )
  }
  const nodes = [...waiting].map(([node, why]) => `${node}: ${why}`).join('; ')
  return new AntctlError(
    'CHANGE_UNVERIFIED',
    `the configuration says ${plan.to}, but not every Node follows: ${nodes}`,
    {
      remedy: [
        `kubectl -n ${names.namespace} logs -l component=${names.daemonSet} -c ${names.agentContainer} --tail 20`,
        `antctl set-mode ${plan.to} looks again; antctl set-mode ${plan.from} goes back`,
      ],
    },
  )
}
