import {leaves} from '../config/outline.ts'
import {parsePath, valueAt} from '../config/place.ts'
import {type Refused, refused, type RefusedPlace} from './refuse.ts'
import type {ConfigFacts, Fills, RefusalRow} from './row.ts'
import {type RefusalId, refusals} from './table.ts'

/** Every refusal of the table that these values meet where they are; `placeOf` tells where a key was set. */
export function judge(facts: ConfigFacts, placeOf: (key: string) => RefusedPlace): readonly Refused[] {
  return refusalIds.flatMap((id) => {
    const {by, key, when}: RefusalRow = refusals[id]
    const agent = facts.around.agent ?? 'ours'
    const met = (by === 'both' || by === agent) && when !== undefined && when(facts)
    if (met === false) return []
    const found = met === true ? {} : met
    return [refused(id, {...fillsOf(facts), ...found}, placeOf(key ?? keyOf(found)))]
  })
}

const refusalIds: readonly RefusalId[] = Object.keys(refusals).filter(isRefusalId)

function isRefusalId(name: string): name is RefusalId {
  return Object.hasOwn(refusals, name)
}

/** The key that `when` found, where the row stands for several; '' is none. */
function keyOf(fills: Fills): string {
  return String(fills['key'] ?? '')
}

/** Every key's value, by its dotted name. */
function fillsOf({values}: ConfigFacts): Fills {
  const words = leaves().flatMap(({path}) => {
    const value = valueAt(values, parsePath(path))
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[path, value]] : []
  })
  return Object.fromEntries(words)
}
