import type {AgentInfo} from '../../model/agent-info.ts'
import type {Drift} from '../../model/agent-api.ts'
import {type AgentConfig, parseAgentConfig} from '../../model/agent-config.ts'
import type {PairPath} from '../../diagnostics/paths/pair.ts'
import {throughBridge} from '../../diagnostics/paths/through-bridge.ts'
import type {PlannedClass} from '../../model/pair-group.ts'
import type {ExpectedWay} from '../set-mode/expected-classes.ts'
import {configHash} from '../set-mode/hash.ts'
import {plannedMtu} from '../set-mode/planned-node.ts'
import {changedKeys, type ModeValues} from './wanted.ts'

/** antrea-agent.conf, read once for all Nodes. */
export interface TextInForce {
  readonly hash: string
  readonly values: AgentConfig
}

export function textInForce(text: string): TextInForce {
  return {hash: configHash(text), values: parseAgentConfig(text)}
}

/** What a Node must run, and from where. */
export interface Expected {
  readonly values: ModeValues
  /** antrea-agent.conf as it stands. */
  readonly config: TextInForce
  /** The keys that its own AntreaNodeConfig says. */
  readonly own: readonly (keyof ModeValues)[]
}

export type Trouble = {readonly why: string; readonly final?: true} | undefined

/** Does it run that? By its own account; `final`: waiting will not help. */
export function configTrouble(info: AgentInfo, {values, config: text, own}: Expected): Trouble {
  const invalid = info.agentConditions.find(({type, status}) => type === 'ConfigValid' && status === 'False')
  if (invalid !== undefined) {
    return {why: `it refuses the configuration: ${invalid.message ?? invalid.reason ?? ''}`, final: true}
  }
  const {config, networkInfo} = info
  if (config?.hash !== text.hash) return {why: 'it has not read the ConfigMap as it stands'}
  const runs = {...networkInfo, noSNAT: networkInfo.noSNAT ?? false}
  const differs = changedKeys.find((key) => runs[key] !== values[key])
  if (differs !== undefined) return {why: `it still runs ${differs} ${String(runs[differs] ?? 'unknown')}`}
  const isOwn = (key: string) => config.sources?.[key]?.startsWith('antreanodeconfig/') === true
  const other = changedKeys.find((key) => isOwn(key) !== own.includes(key))
  if (other !== undefined) return {why: `it has not taken up its AntreaNodeConfig as it stands (${other})`}
  const mtu = plannedMtu(values.trafficEncapMode, info, text.values)
  const {podMTU} = networkInfo
  if (mtu !== undefined && podMTU !== mtu) return {why: `its Pods send ${podMTU ?? 'unknown'} bytes, not ${mtu}`}
  return undefined
}

/** Is what it holds what it must hold? */
export function driftTrouble({total, deviations: [first]}: Drift): Trouble {
  if (total === 0) return undefined
  const what = first === undefined ? '' : `: ${first.kind} ${first.problem}, ${first.what}`
  return {why: `${total} of its flows, routes or settings are not as they must be${what}`}
}

/** Do its live flows and routes lead where its mode wants them? */
export function waysTrouble(paths: readonly PairPath[], wanted: readonly ExpectedWay[]): Trouble {
  const [first, ...others] = wrongWays(paths, wanted)
  if (first === undefined) return undefined
  const more = others.slice(0, shownWays).map(({to}) => to)
  const rest = others.length > more.length ? ` and ${others.length - more.length} more` : ''
  return {why: more.length === 0 ? first.why : `${first.why}; its ways to ${more.join(', ')}${rest} are wrong as well`}
}

const shownWays = 5

export interface WrongWay {
  readonly to: string
  readonly why: string
}

export function wrongWays(paths: readonly PairPath[], wanted: readonly ExpectedWay[]): readonly WrongWay[] {
  return wanted.flatMap((way) => {
    const why = wayTrouble(paths, way)
    return why === undefined ? [] : [{to: way.to, why}]
  })
}

function wayTrouble(paths: readonly PairPath[], {to, podCidr, class: expected}: ExpectedWay): string | undefined {
  const path = paths.find((path) => path.to === to && path.podCidr === podCidr)
  if (path === undefined) return `nothing is known of its way to ${to}`
  if (!fits(path.class, expected)) return `to ${to} it is ${path.class}, not ${expected}: ${path.why}`
  // The Node's own packets follow the kernel's route alone: it must agree with the flow.
  const bridged = path.route !== undefined && throughBridge(path.route)
  return bridged === (expected === 'tunnelled')
    ? undefined
    : `its kernel's route to ${to} does not fit: dev ${path.route?.dev ?? 'none'}`
}

/** A Node may know the way to another subnet's Nodes itself, where a router was expected. */
function fits(found: PairPath['class'], expected: PlannedClass): boolean {
  return found === expected || (expected === 'fabric' && found === 'routed')
}
