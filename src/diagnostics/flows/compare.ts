import type {NodeFlows} from '../../model/agent-api.ts'
import type {DecodedFlow} from './decode.ts'

/** `change`: packets since an earlier look. */
export interface ChangedFlow extends DecodedFlow {
  readonly change?: number
}

/** One flow of a switch: what it takes and what it does, whatever it counted. */
export function identityOf({table, priority, match, actions}: DecodedFlow): string {
  return `${table}|${priority}|${match}|${actions}`
}

/** The same for flows of different Nodes: what is the Node's own stands for itself. */
export function ownWords({gateway: {ip, mac, podCidr}}: Pick<NodeFlows, 'gateway'>): (flow: DecodedFlow) => string {
  const own = new Map([
    [mac, 'OWN-MAC'],
    [podCidr, 'OWN-PODCIDR'],
    [ip, 'OWN-GATEWAY'],
  ])
  const hex = `0x${mac.replaceAll(':', '').replace(/^0+/u, '')}`
  return (flow) =>
    identityOf(flow)
      .replaceAll(/(?:[\da-f]{2}:){5}[\da-f]{2}|\d+(?:\.\d+){3}(?:\/\d+)?/gu, (word) => own.get(word) ?? word)
      .replaceAll(hex, 'OWN-MAC')
}

/** Counters beside those of an earlier look; a flow that was not there then has counted all since. */
export function withChanges(now: readonly DecodedFlow[], before: ReadonlyMap<string, number>): readonly ChangedFlow[] {
  return now.map((flow) => ({...flow, change: Math.max(0, (flow.packets ?? 0) - (before.get(identityOf(flow)) ?? 0))}))
}

export function countersOf(flows: readonly DecodedFlow[]): ReadonlyMap<string, number> {
  return new Map(flows.map((flow) => [identityOf(flow), flow.packets ?? 0]))
}

/** What one has and the other has not. */
export function differences(
  left: readonly DecodedFlow[],
  right: readonly DecodedFlow[],
  key: (flow: DecodedFlow) => string = identityOf,
): {readonly onlyLeft: readonly DecodedFlow[]; readonly onlyRight: readonly DecodedFlow[]} {
  const [inLeft, inRight] = [new Set(left.map(key)), new Set(right.map(key))]
  return {
    onlyLeft: left.filter((flow) => !inRight.has(key(flow))),
    onlyRight: right.filter((flow) => !inLeft.has(key(flow))),
  }
}
