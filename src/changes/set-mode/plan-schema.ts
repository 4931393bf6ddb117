import * as v from 'valibot'
import {subnetRemedies} from '../../model/subnet.ts'
import {trafficModeNames} from '../../model/traffic-mode.ts'
import {refusals} from '../../model/refusals/table.ts'
import type {PublishedPlan} from './mode-plan.ts'

const text = v.string()
const flag = v.boolean()
const names = v.array(text)
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const mode = v.picklist(trafficModeNames)
const fromTo = <Schema extends v.GenericSchema>(schema: Schema) => v.strictObject({from: schema, to: schema})
const keysOf = <Key extends string>(table: Readonly<Record<Key, unknown>>) =>
  v.picklist(Object.keys(table).filter((key): key is Key => Object.hasOwn(table, key)))

const node = v.strictObject({
  node: text,
  address: v.exactOptional(text),
  podCidrs: names,
  machine: v.exactOptional(text),
  from: text,
  to: text,
  noSNAT: fromTo(flag),
  podMtu: v.exactOptional(fromTo(count)),
  state: v.exactOptional(v.picklist(['ready', 'not ready', 'cordoned'])),
})
const nodeSet = v.union([v.strictObject({only: names}), v.strictObject({allBut: names})])
const way = v.picklist(['tunnelled', 'routed', 'fabric', 'unknown'])
const group = v.strictObject({
  family: v.picklist([4, 6]),
  from: names,
  to: nodeSet,
  was: way,
  becomes: way,
  count,
})
const trouble = v.strictObject({reason: keysOf(subnetRemedies), nodes: names, sentence: text, remedy: text})
const router = v.strictObject({via: text, to: nodeSet, count})
const need = v.strictObject({
  asks: v.picklist(['addresses', 'routes', 'tunnel', 'answers']),
  sentence: text,
  provider: v.exactOptional(text),
  state: v.picklist(['met', 'open', 'unknown']),
  nodes: names,
  commands: names,
  manifest: v.exactOptional(text),
})
const refusal = v.strictObject({id: keysOf(refusals), sentence: text, cause: text, remedy: names})

/** docs/schemas/mode-plan.json is printed from this; the type of a plan holds it, and it holds every plan. */
export const planSchema = v.strictObject({
  version: v.literal(1),
  cluster: v.picklist(['ours', 'upstream']),
  scope: v.picklist(['cluster', 'nodes']),
  from: mode,
  to: mode,
  before: v.strictObject({mode, noSNAT: flag, hash: text}),
  hash: text,
  noSNAT: fromTo(flag),
  nodes: v.array(node),
  phases: v.array(v.strictObject({name: text, nodes: names})),
  options: v.strictObject({
    maxLoss: v.union([count, v.literal('report')]),
    soakSeconds: v.pipe(v.number(), v.minValue(0)),
    notReady: v.picklist(['wait', 'skip', 'stop']),
  }),
  pairs: v.strictObject({groups: v.array(group), changed: count, all: count}),
  subnets: v.array(trouble),
  routers: v.array(router),
  underlay: v.array(need),
  featuresLost: v.array(v.strictObject({feature: text, sentence: text})),
  drift: v.array(v.strictObject({node: text, sentence: text})),
  refusals: v.array(refusal),
  upstream: v.exactOptional(
    v.strictObject({
      via: v.exactOptional(mode),
      unproven: names,
      staleRoutes: v.array(v.strictObject({node: text, commands: names})),
      removeStaleRoutes: flag,
      staleMtu: v.array(v.strictObject({pods: names, command: text})),
    }),
  ),
  writes: flag,
  done: flag,
  factsHash: text,
}) satisfies v.GenericSchema<unknown, PublishedPlan>
