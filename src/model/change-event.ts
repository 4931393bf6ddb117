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

const roundTrip = v.exactOptional(v.object({median: count, p99: count}))
/** Of the steady probe, since the change began or a step did. Times in milliseconds. */
export const lossSchema = v.object({sent: count, lost: count, longestGap: count, roundTrip})
export type Loss = v.InferOutput<typeof lossSchema>

const pair = {from: name, to: name, form: v.string()}
/** A pair and form that lost something; its round trip is that of the step. */
const pairLoss = v.object({...pair, lost: count, longestGap: count, roundTrip})
export type PairLoss = v.InferOutput<typeof pairLoss>

/** A pair and form in one step. */
export const pairCountSchema = v.object({...pair, ...lossSchema.entries})
export type PairCount = v.InferOutput<typeof pairCountSchema>

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
  v.object({
    ...head,
    event: v.literal('step'),
    step: v.string(),
    direction,
    state: v.picklist(['running', 'done']),
    loss: v.exactOptional(lossSchema),
  }),
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
    /** Of the step under way. */
    ofStep: v.exactOptional(lossSchema),
    /** The pairs whose packets come back last in that step, a few. */
    slowest: v.exactOptional(v.array(pairCountSchema)),
    /** Milliseconds: shorter losses are not seen. */
    resolution: v.exactOptional(count),
    /** Of these nothing is heard, so that nothing of them is counted. */
    silent: v.array(v.object({node: name, reason: sentence})),
  }),
  /** All pairs of a step that is proven; nobody keeps it. */
  v.object({...head, event: v.literal('pairs'), step: v.string(), direction, pairs: v.array(pairCountSchema)}),
  v.object({...head, event: v.literal('wait'), why: sentence}),
  v.object({...head, event: v.literal('turned'), why: sentence}),
  v.object({...head, event: v.literal('ended'), state: v.picklist(changeStates), sentence}),
])
export type ChangeEvent = v.InferOutput<typeof changeEventSchema>
