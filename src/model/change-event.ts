import * as v from 'valibot'

/** forward: to the new configuration. back: to the one before, because somebody asked or because the proof failed. */
export const directions = ['forward', 'back'] as const
export type Direction = (typeof directions)[number]

/**
 * Where a Node stands. changing: it was told, and is not proven yet. verified: it runs what it was told, and its flows,
 * routes and MTU say so. skipped: told, not proven, because it is not there. away: waited for.
 */
export const nodeStates = ['changing', 'changed', 'verified', 'skipped', 'away'] as const
export type NodeState = (typeof nodeStates)[number]

/** done: forward to the end. undone: back to the end. stopped: half-way, nobody goes on until asked. */
export const changeStates = ['running', 'stopped', 'done', 'undone'] as const

const count = v.pipe(v.number(), v.minValue(0))
const name = v.pipe(v.string(), v.maxLength(253))
const sentence = v.pipe(v.string(), v.maxLength(2_000))
const direction = v.picklist(directions)
const head = {version: v.literal(1), at: v.string(), change: v.string()}

/** Of the steady probe, since the change began or a step did. Times in milliseconds. */
export const lossSchema = v.object({
  sent: count,
  lost: count,
  longestGap: count,
  roundTrip: v.exactOptional(v.object({median: count, p99: count})),
})
export type Loss = v.InferOutput<typeof lossSchema>

/** A pair and form that lost something. */
const pairLoss = v.object({from: name, to: name, form: v.string(), lost: count, longestGap: count})
export type PairLoss = v.InferOutput<typeof pairLoss>

/** One line of `set-mode --events`; the schema for programs is docs/schemas/change-event.json. */
export const changeEventSchema = v.variant('event', [
  v.object({
    ...head,
    event: v.literal('began'),
    direction,
    from: v.string(),
    to: v.string(),
    noSNAT: v.object({from: v.boolean(), to: v.boolean()}),
    by: v.string(),
    steps: v.array(v.object({name: v.string(), nodes: count})),
  }),
  v.object({...head, event: v.literal('step'), step: v.string(), direction, state: v.picklist(['running', 'done'])}),
  v.object({
    ...head,
    event: v.literal('node'),
    node: name,
    direction,
    state: v.picklist(nodeStates),
    why: v.exactOptional(sentence),
    /** Of the agent, from reading the configuration to flows and routes in force. */
    milliseconds: v.exactOptional(count),
    /** How many ways to other Nodes are of which class. */
    ways: v.exactOptional(v.record(v.string(), count)),
  }),
  v.object({...head, event: v.literal('config'), direction, hash: v.string()}),
  v.object({
    ...head,
    event: v.literal('probe'),
    step: v.string(),
    ...lossSchema.entries,
    worst: v.array(pairLoss),
    /** Of these nothing is heard, so that nothing of them is counted. */
    silent: v.array(v.object({node: name, reason: sentence})),
  }),
  v.object({...head, event: v.literal('wait'), why: sentence}),
  v.object({...head, event: v.literal('turned'), why: sentence}),
  v.object({...head, event: v.literal('ended'), state: v.picklist(changeStates), sentence}),
])
export type ChangeEvent = v.InferOutput<typeof changeEventSchema>
