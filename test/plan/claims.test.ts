import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import type {Flow} from '../../src/datapath/openflow/flow.ts'
import {canonicalFlow} from '../../src/datapath/openflow/canonical.ts'
import {parseFlow, printFlow} from '../../src/datapath/openflow/text.ts'
import {Claims} from '../../src/datapath/plan/claims.ts'
import {flowKind} from '../../src/datapath/plan/kinds.ts'
import {trafficModeNames} from '../../src/model/traffic-mode.ts'
import {exampleNetwork} from '../pipeline/example.ts'
import {finish, ledgerOf} from './ledger-of.ts'

const shared = 'table=3, priority=200,in_port=32768,tun_src=172.30.1.12 actions=goto_table:8'
const own = 'table=21, priority=200,ip,nw_dst=10.244.2.0/24 actions=goto_table:24'

describe('a flow that two owners want', () => {
  test('is put with the first and removed with the last', () => {
    const claims = claimsOf({})
    expect(put(claims, 'peer/a', shared, own)).toEqual([`+ ${shared}`, `+ ${own}`])
    expect(put(claims, 'peer/b', shared)).toEqual([])
    expect(claims.ownersOf(parseFlow(shared))).toEqual(['peer/a', 'peer/b'])
    expect(put(claims, 'peer/a')).toEqual([`- ${own}`])
    expect(put(claims, 'peer/b')).toEqual([`- ${shared}`])
    expect(claims.ownersOf(parseFlow(shared))).toEqual([])
  })

  test('takes part in the conjunctions of both, whoever came first', () => {
    const one = 'table=12, priority=100,ip,nw_src=10.244.1.5 actions=conjunction(7,1/2)'
    const two = 'table=12, priority=100,ip,nw_src=10.244.1.5 actions=conjunction(3,2/2),conjunction(7,2/2)'
    const both =
      'table=12, priority=100,ip,nw_src=10.244.1.5 actions=conjunction(3,2/2),conjunction(7,1/2),conjunction(7,2/2)'
    const claims = claimsOf({'rule/one': [one]})
    expect(put(claims, 'rule/two', two)).toEqual([`+ ${both}`])
    expect(put(claims, 'rule/one')).toEqual([`+ ${two}`])
    expect(texts(claimsOf({'rule/two': [two], 'rule/one': [one]}))).toEqual([both])
  })

  test('cannot do two things: both owners are named, and nothing has changed', () => {
    const claims = claimsOf({'pod/10.244.1.5': [own]})
    expect(() => put(claims, 'rule/drop', shared, own.replace('goto_table:24', 'output:4'))).toThrow(
      'pod/10.244.1.5 wants "table=21, priority=200,ip,nw_dst=10.244.2.0/24 actions=goto_table:24", but rule/drop wants',
    )
    expect(texts(claims)).toEqual([own])
    expect(claims.take()).toEqual({put: [], remove: []})
  })

  test('is the same in whatever order its fields are written', () => {
    const flow = parseFlow(own)
    const turned = {...flow, match: Object.fromEntries(Object.entries(flow.match).toReversed())}
    const claims = claimsOf({a: [own]})
    expect(claims.ownersOf(turned)).toEqual(['a'])
    expect(finish(claims.compare([turned]))).toEqual({put: [], remove: []})
  })
})

test('whatever owners do, the changes lead to what is wanted, and a comparison then finds nothing', () => {
  const action = fc.constantFrom('conjunction(1,1/2)', 'conjunction(1,2/2)', 'conjunction(2,1/2)', 'goto_table:9')
  const flow = fc.record({at: fc.integer({min: 1, max: 4}), cookie: fc.integer({min: 1, max: 2}), action})
  const step = fc.record({
    owner: fc.constantFrom('a', 'b', 'c'),
    flows: fc.array(flow, {maxLength: 4}),
    take: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, {maxLength: 30}), (steps) => {
      const claims = new Claims(flowKind)
      const wanted = new Map<string, readonly Flow[]>()
      const installed = new Map<string, string>()
      for (const {owner, flows, take} of steps) {
        const values = flows.map(({at, cookie, action}) => ({
          ...parseFlow(`table=1,priority=${at},ip actions=${action}`),
          cookie: BigInt(cookie),
        }))
        try {
          claims.put(owner, values)
          wanted.set(owner, values)
        } catch {
          // Refused: what the owner wanted before stays.
        }
        if (take) install(installed, claims)
      }
      install(installed, claims)
      const keys = new Set([...wanted.values()].flat().map(flowKind.key))
      expect(new Set(installed.keys())).toEqual(keys)
      expect([...installed.values()].toSorted()).toEqual(texts(claims).toSorted())
      expect(finish(claims.compare(claims.values().toReversed()))).toEqual({put: [], remove: []})
      for (const [owner, flows] of wanted) for (const flow of flows) expect(claims.ownersOf(flow)).toContain(owner)
    }),
  )
})

test.each(trafficModeNames)('in %s every flow is written as the switch gives it back', (mode) => {
  const written = ledgerOf(exampleNetwork({mode})).flows.values()
  const fields = ({match}: Flow) => Object.entries(match).toSorted()
  expect(written.map(fields)).toEqual(written.map(canonicalFlow).map(fields))
  const acting = written.filter(({actions}) => actions[0] !== 'drop')
  expect(acting.map(({actions}) => actions)).toEqual(acting.map(canonicalFlow).map(({actions}) => actions))
})

function claimsOf(wanted: Readonly<Record<string, readonly string[]>>): Claims<Flow> {
  const claims = new Claims(flowKind)
  for (const [owner, flows] of Object.entries(wanted)) claims.put(owner, flows.map(parseFlow))
  claims.take()
  return claims
}

/** The changes as lines: + put, - removed. */
function put(claims: Claims<Flow>, owner: string, ...flows: readonly string[]): readonly string[] {
  claims.put(owner, flows.map(parseFlow))
  const {put: added, remove} = claims.take()
  return [...added.map((flow) => `+ ${printFlow(flow)}`), ...remove.map((flow) => `- ${printFlow(flow)}`)]
}

function texts(claims: Claims<Flow>): readonly string[] {
  return claims.values().map((flow) => printFlow(flow))
}

function install(installed: Map<string, string>, claims: Claims<Flow>): void {
  const {put: added, remove} = claims.take()
  for (const flow of remove) expect(installed.delete(flowKind.key(flow))).toBe(true)
  for (const flow of added) installed.set(flowKind.key(flow), printFlow(flow))
}
