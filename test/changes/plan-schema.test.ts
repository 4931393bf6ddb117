import * as v from 'valibot'
import {expect, test} from 'vitest'
import {jsonSchema} from '../../scripts/json-schema.ts'
import {trafficModeNames} from '../../src/model/traffic-mode.ts'
import {publishedPlan} from '../../src/changes/set-mode/mode-plan.ts'
import {drawPlan} from '../../src/changes/set-mode/plan.ts'
import {planSchema} from '../../src/changes/set-mode/plan-schema.ts'
import {fourAgents} from '../diagnostics/agents.ts'
import {awsIds, byDefaultRoute, cloudNodes, gceIds, manyAgents, vsphereIds} from './clusters.ts'

const clouds = {
  none: undefined,
  aws: cloudNodes(awsIds, 'RouteCreated'),
  gce: cloudNodes(gceIds),
  vsphere: cloudNodes(vsphereIds, 'NoRouteCreated'),
}
const cases = Object.entries(clouds).flatMap(([cloud, nodes]) =>
  trafficModeNames.flatMap((from) => trafficModeNames.map((to) => ({cloud, nodes, from, to}))),
)

test.each(cases)('$from to $to on $cloud is as the published schema says, field by field', ({nodes, from, to}) => {
  const infos = fourAgents.map((info) => ({...info, networkInfo: {...info.networkInfo, trafficEncapMode: from}}))
  const config = `trafficEncapMode: ${from}\n`
  const facts = {config, infos, ways: byDefaultRoute(), ...(nodes && {nodes})}
  for (const wish of [{}, {nodes: ['n1']}, ...(to === 'noEncap' ? [{noSNAT: true}] : [])]) {
    const plan = publishedPlan(drawPlan(facts, to, wish))
    expect(v.parse(planSchema, JSON.parse(JSON.stringify(plan)))).toEqual(plan)
  }
})

test('without any route the plan carries its refusal', () => {
  const ways = byDefaultRoute().map(({from}) => ({
    from,
    groups: [{verdict: 'missing' as const, why: 'no route', towards: []}],
  }))
  const plan = publishedPlan(drawPlan({config: 'trafficEncapMode: encap\n', infos: fourAgents, ways}, 'noEncap'))
  expect(plan.refusals.map(({id}) => id)).toEqual(['fabric-unknown'])
  expect(v.parse(planSchema, JSON.parse(JSON.stringify(plan)))).toEqual(plan)
})

test('a thousand Nodes are some hundred KiB, whatever changes', () => {
  const plan = publishedPlan(drawPlan({config: 'trafficEncapMode: encap\n', infos: manyAgents(1000)}, 'noEncap'))
  expect(plan.pairs).toMatchObject({changed: 999_000, all: 999_000})
  expect(JSON.stringify(plan).length).toBeLessThan(500_000)
})

test('a kind of schema that cannot be told in JSON Schema is not published', () => {
  expect(JSON.parse(jsonSchema(v.strictObject({a: v.literal(1), b: v.exactOptional(v.string())}), 'x'))).toMatchObject({
    type: 'object',
    properties: {a: {const: 1}, b: {type: 'string'}},
    required: ['a'],
    additionalProperties: false,
  })
  expect(() => jsonSchema(v.date(), 'x')).toThrow(/no JSON Schema for date/u)
  expect(() => jsonSchema(v.pipe(v.string(), v.trim()), 'x')).toThrow(/no JSON Schema for trim/u)
})
