import * as v from 'valibot'
import {changeEventSchema, changeStates, directions, lossSchema, nodeStates, pairCountSchema} from './change-event.ts'
import {trafficModeNames} from './traffic-mode.ts'

export const notReadyNames = ['wait', 'skip', 'stop'] as const

/** How carefully a change goes. */
export const changeOptionsSchema = v.object({
  /** Packets of the steady probe; more turn the change round. report: they are told, and that is all. */
  maxLoss: v.union([v.pipe(v.number(), v.integer(), v.minValue(0)), v.literal('report')]),
  /** How long the probe watches after each phase before the next begins. */
  soakSeconds: v.pipe(v.number(), v.minValue(0)),
  /** What becomes of a Node that is not Ready, or drained, when its turn comes. */
  notReady: v.picklist(notReadyNames),
})
export type ChangeOptions = v.InferOutput<typeof changeOptionsSchema>

const mode = v.picklist(trafficModeNames)
const phase = v.object({name: v.string(), nodes: v.array(v.string())})

/** What of a plan is kept while it is carried out and for its undo: per Node nothing but its name, of pairs nothing. */
export const storedPlanSchema = v.object({
  version: v.literal(1),
  /** nodes: by their AntreaNodeConfigs, which stay; the ConfigMap is left alone. */
  scope: v.picklist(['cluster', 'nodes']),
  from: mode,
  to: mode,
  noSNAT: v.object({from: v.boolean(), to: v.boolean()}),
  phases: v.array(phase),
  options: changeOptionsSchema,
  /** Agents that read the ConfigMap at their start alone. */
  upstream: v.exactOptional(
    v.object({
      /** Between two modes that share no way. */
      via: v.exactOptional(mode),
      /** Somebody has confirmed it. */
      removeStaleRoutes: v.boolean(),
    }),
  ),
})
export type StoredPlan = v.InferOutput<typeof storedPlanSchema>

/** An AntreaNodeConfig as somebody wrote it: without what the API server adds. */
const contentSchema = v.record(v.string(), v.unknown())
export type NodeConfigContent = v.InferOutput<typeof contentSchema>

/** change.json: the same for the life of the change. */
export const changeSchema = v.object({
  version: v.literal(1),
  id: v.string(),
  began: v.string(),
  by: v.string(),
  plan: storedPlanSchema,
  /** AntreaNodeConfigs of the plan's Nodes as they were; a Node that is not here had none. */
  nodeConfigs: v.record(v.string(), contentSchema),
})

/** All of it, texts included. */
export interface Change extends v.InferOutput<typeof changeSchema> {
  /** antrea-agent.conf byte for byte, before and as planned. */
  readonly config: {readonly before: string; readonly after: string}
}

const row = v.object({
  state: v.picklist(nodeStates),
  direction: v.picklist(directions),
  at: v.string(),
  why: v.exactOptional(v.string()),
  /** Of upstream's agents: the mode that it was started anew for, and the Pod that it was in before. */
  mode: v.exactOptional(mode),
  pod: v.exactOptional(v.string()),
})

const ran = v.object({
  name: v.string(),
  direction: v.picklist(directions),
  milliseconds: v.number(),
  loss: v.exactOptional(lossSchema),
  /** The pair that lost most, or where none lost anything the slowest. */
  worst: v.exactOptional(pairCountSchema),
})

/** journal.json: where the change stands. What is intended is written before it is done, what came of it after. */
export const journalSchema = v.object({
  version: v.literal(1),
  state: v.picklist(changeStates),
  direction: v.picklist(directions),
  /** The number of the step under way, in the order of the direction. */
  step: v.number(),
  /** Was the ConfigMap written, or about to be? Only then its text is ours to restore. */
  configTouched: v.boolean(),
  /** How often it was turned round; absent: it never was. */
  turns: v.exactOptional(v.number()),
  /** Why it stopped or was turned round; a code of errors.ts with its sentence. */
  why: v.exactOptional(v.object({code: v.string(), sentence: v.string()})),
  nodes: v.record(v.string(), row),
  steps: v.array(ran),
  events: v.array(changeEventSchema),
})
export type Journal = v.InferOutput<typeof journalSchema>

export const journalLimits = {events: 200, sentence: 400} as const
