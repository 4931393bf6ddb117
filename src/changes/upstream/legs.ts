import type {Change} from '../../model/change.ts'
import type {Direction} from '../../model/change-event.ts'
import {parseTrafficMode, type TrafficMode} from '../../model/traffic-mode.ts'
import {readEffective} from '../../model/config/effective.ts'
import {editKey} from '../set-mode/edit-config.ts'

/** Between encap and noEncap a changed and an unchanged Node share no way; both share one with hybrid. */
export function viaBetween(from: readonly string[], to: TrafficMode): TrafficMode | undefined {
  const opposite = {encap: 'noEncap', noEncap: 'encap', hybrid: undefined} as const
  const far = opposite[to]
  return far !== undefined && from.includes(far) ? 'hybrid' : undefined
}

/** antrea-agent.conf on the way: with the mode between, and SNAT, which upstream lets off in noEncap only. */
export function textVia(text: string, via: TrafficMode): string {
  const {values} = readEffective({text}, {agent: 'upstream'})
  const masked = values.noSNAT ? editKey(text, {key: 'noSNAT', value: false}) : text
  return parseTrafficMode(values.trafficEncapMode) === via
    ? masked
    : editKey(masked, {key: 'trafficEncapMode', value: via})
}

/** The modes that the ConfigMap says one after the other, each with its text. */
export function legsOf(
  {plan, config}: Pick<Change, 'plan' | 'config'>,
  direction: Direction,
): readonly {readonly mode: TrafficMode; readonly text: string}[] {
  const via = plan.upstream?.via
  const last = direction === 'forward' ? {mode: plan.to, text: config.after} : {mode: plan.from, text: config.before}
  return [...(via === undefined ? [] : [{mode: via, text: textVia(config.after, via)}]), last]
}

/** All texts that such a change ever writes. */
export function textsOf(change: Pick<Change, 'plan' | 'config'>): readonly string[] {
  return [...legsOf(change, 'forward'), ...legsOf(change, 'back')].map(({text}) => text)
}
