import * as v from 'valibot'
import {AntctlError} from '../../model/errors.ts'
import {type TrafficMode, trafficModeNames} from '../../model/traffic-mode.ts'
import {changedFacts, factSheet} from './fact-sheet.ts'
import {type ModePlan, type PublishedPlan, publishedPlan} from './mode-plan.ts'
import {drawPlan, type ModeFacts, type ModeWish} from './plan.ts'
import {planSchema} from './plan-schema.ts'

/** What was asked for, with what it was decided from: enough to see later whether the same would be decided. */
export interface SavedPlan {
  readonly kind: typeof kind
  readonly version: 1
  /** Absent: the mode stays. */
  readonly mode?: TrafficMode
  readonly wish: ModeWish
  readonly plan: PublishedPlan
  readonly facts: ReturnType<typeof factSheet>
}

const kind = 'plan of antctl set-mode'
const names = v.array(v.string())
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const wish = v.strictObject({
  noSNAT: v.exactOptional(v.boolean()),
  nodes: v.exactOptional(names),
  phases: v.exactOptional(
    v.strictObject({
      canary: count,
      batch: v.union([v.strictObject({nodes: count}), v.strictObject({percent: count})]),
    }),
  ),
  options: v.exactOptional(planSchema.entries.options),
})
const savedSchema = v.strictObject({
  kind: v.literal(kind),
  version: v.literal(1),
  mode: v.exactOptional(v.picklist(trafficModeNames)),
  wish,
  plan: planSchema,
  facts: v.record(v.string(), v.record(v.string(), v.string())),
}) satisfies v.GenericSchema<unknown, SavedPlan>

export function savedText(facts: ModeFacts, mode: TrafficMode | undefined, wanted: ModeWish): string {
  const saved: SavedPlan = {
    kind,
    version: 1,
    ...(mode !== undefined && {mode}),
    wish: wanted,
    plan: publishedPlan(drawPlan(facts, mode, wanted)),
    facts: factSheet(facts),
  }
  return `${JSON.stringify(saved, null, 2)}\n`
}

/** Throws PLAN_INVALID for whatever else the file holds. */
export function parseSavedPlan(text: string, file: string): SavedPlan {
  const parsed = v.safeParse(savedSchema, readJson(text))
  if (parsed.success) return parsed.output
  throw new AntctlError('PLAN_INVALID', `${file} is no plan that this antctl can read: ${parsed.issues[0].message}`, {
    remedy: [`antctl set-mode hybrid --dry-run --save ${file} writes one`],
  })
}

/** The plan anew, from what is so now; throws PLAN_OUTDATED, and names what is not as it was. */
export function planAgain({mode, wish: wanted, plan: before, facts: then}: SavedPlan, facts: ModeFacts): ModePlan {
  const changed = changedFacts(then, factSheet(facts))
  if (changed.length > 0) throw outdated(changed)
  const plan = drawPlan(facts, mode, wanted)
  // Another version of antctl may come to another plan from the same facts.
  if (decided(publishedPlan(plan)) !== decided(before)) throw outdated(['this antctl would plan it otherwise'])
  return plan
}

/** Nodes become ready and are drained all the time: whoever carries it out looks for himself. */
function decided(published: PublishedPlan): string {
  const {phases: _phases, nodes, ...plan} = v.parse(planSchema, published)
  return JSON.stringify({...plan, nodes: nodes.map(({state: _state, ...node}) => node)})
}

const shown = 3

function outdated(changed: readonly string[]): AntctlError {
  const rest = changed.length > shown ? `; and ${changed.length - shown} more` : ''
  return new AntctlError('PLAN_OUTDATED', `the plan no longer fits: ${changed.slice(0, shown).join('; ')}${rest}`, {
    remedy: ['antctl set-mode MODE --dry-run --save FILE plans anew'],
  })
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
