import * as v from 'valibot'

/** What our agent does with a key of antrea-agent.conf. */
export type Fate =
  /** Followed while the agent runs, or at its next start; and what a change costs, as the page of the configuration says it. */
  | {readonly obeyed: 'live' | 'start'; readonly cost: string}
  /** Read and checked, without effect, for this reason. */
  | {readonly ignored: string}
  /** Belongs to a part of Antrea that this agent does not have yet. */
  | {readonly later: string}
  /** Any other value than the default is refused, for this reason. */
  | {readonly fixed: string}
  /** Any other value than the default is refused, by this row of the table of refusals. */
  | {readonly refusedBy: string}

export const live = (cost: string): Fate => ({obeyed: 'live', cost})
export const atStart = (cost: string): Fate => ({obeyed: 'start', cost})
export const ignored = (why: string): Fate => ({ignored: why})
export const later = (feature: string): Fate => ({later: feature})
export const fixed = (why: string): Fate => ({fixed: why})
export const refusedBy = (id: string): Fate => ({refusedBy: id})

/** A key with the default that an absent or empty value stands for. */
export function key<const Schema extends v.GenericSchema, const Fallback extends v.InferInput<Schema>>(
  schema: Schema,
  fallback: Fallback,
  fate: Fate,
) {
  return v.nullish(v.pipe(schema, v.metadata({fate})), fallback)
}

export function section<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.object(entries, 'a mapping of keys')
}

/** A list of mappings, each with these keys. */
export function sections<const Entries extends v.ObjectEntries>(entries: Entries, fate: Fate) {
  const list = v.pipe(v.array(v.object(entries, 'a mapping of keys'), 'a list of mappings'), v.maxLength(64))
  return v.nullish(v.pipe(list, v.metadata({fate})), [])
}
