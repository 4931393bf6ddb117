import type {Flow} from '../openflow/flow.ts'

const conjunction = /^conjunction\((\d+),(\d+)\/\d+\)$/u

/**
 * Two rules may name the same address: then one flow takes part in both conjunctions (ovs-fields(7), "Conjunctive Match
 * Fields"). Its actions are those of all, by id and clause; it belongs to none of them alone, so its cookie is the lowest.
 * undefined when a flow does anything else.
 */
export function foldConjunctions(flows: readonly Flow[]): Flow | undefined {
  const [first] = flows
  const actions = new Map(flows.flatMap((flow) => flow.actions.map((action) => [action, placeOf(action)] as const)))
  if (first === undefined || [...actions.values()].includes(undefined)) return undefined
  return {
    ...first,
    cookie: flows.reduce((lowest, {cookie}) => (cookie < lowest ? cookie : lowest), first.cookie),
    actions: [...actions.keys()].toSorted((a, b) => (placeOf(a) ?? 0) - (placeOf(b) ?? 0)),
  }
}

/** The id, then the clause, as one number: ids have 32 bits and clauses are 64 at most. */
function placeOf(action: string): number | undefined {
  const [, id, clause] = conjunction.exec(action) ?? []
  return id === undefined ? undefined : Number(id) * 64 + Number(clause)
}
