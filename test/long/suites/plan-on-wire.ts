import {afterAll, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {pairsOf} from '../../../src/model/pair-group.ts'
import {planSchema} from '../../../src/changes/set-mode/plan-schema.ts'
import {antctlOk} from '../../e2e/cluster.ts'
import {fabric, nodes} from '../../e2e/fabric.ts'
import {probeLines} from '../../e2e/wire.ts'
import {type Change, nameOf} from '../mode-changes.ts'

const names = nodes.map(({name}) => name)
const allPairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => `${from} ${to}`))

/** "n1 n2" to how its packets travel, by their own account on the wire. */
type Ways = Readonly<Record<string, string>>

/** What the plan says of every pair is what a capture on the underlay sees, before and after. */
export function planOnWire(changes: readonly Change[]): void {
  beforeAll(() => fabric('replace'))
  afterAll(async () => {
    await antctlOk('set-mode', 'encap', '--yes')
    await fabric('del')
  })

  test.each(changes.map((change) => ({...change, name: nameOf(change)})))('$name', async ({from, to}) => {
    await antctlOk('set-mode', from, '--yes')
    const {plan} = v.parse(
      v.object({plan: planSchema}),
      JSON.parse(await antctlOk('set-mode', to, '--dry-run', '-o', 'json')),
    )
    const changed = plan.pairs.groups.flatMap(({was, becomes, ...group}) =>
      [...pairsOf(group, names)].map((pair) => ({
        name: `${pair.from} ${pair.to}`,
        was: onWire(was),
        becomes: onWire(becomes),
      })),
    )
    const before = await waysOnWire()
    await antctlOk('set-mode', to, '--yes')
    const after = await waysOnWire()
    expect(Object.keys(before).toSorted()).toEqual(allPairs.toSorted())
    expect(before).toMatchObject(Object.fromEntries(changed.map(({name, was}) => [name, was])))
    expect(after).toEqual({...before, ...Object.fromEntries(changed.map(({name, becomes}) => [name, becomes]))})
  })
}

/** Who forwards a packet without a tunnel does not show on it. */
function onWire(way: string): string {
  return way === 'tunnelled' ? 'tunnelled' : 'direct'
}

/** As Pods send: the agents' live probes, between every two Nodes. */
async function waysOnWire(): Promise<Ways> {
  const lines = await probeLines(names, () => antctlOk('check', 'probes', '--forms', 'live', '--seconds', '1'))
  const ways = new Map<string, Set<string>>()
  for (const line of lines) {
    const [, source = '', target = ''] = /(10\.244\.\d+)\.\d+\.\d+ > (10\.244\.\d+)\.\d+\.\d+: /u.exec(line) ?? []
    const [from, to] = [source, target].map((part) => nodes.find(({podCidr}) => podCidr.startsWith(`${part}.`))?.name)
    if (source === '' || from === undefined || to === undefined) continue
    const pair = `${from} ${to}`
    ways.set(pair, (ways.get(pair) ?? new Set()).add(line.includes('Geneve') ? 'tunnelled' : 'direct'))
  }
  return Object.fromEntries([...ways].map(([pair, seen]) => [pair, [...seen].toSorted().join(' and ')]))
}
