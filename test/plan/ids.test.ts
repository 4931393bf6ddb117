import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {canonicalFlow} from '../../src/datapath/openflow/canonical.ts'
import type {Flow} from '../../src/datapath/openflow/flow.ts'
import {parseFlow} from '../../src/datapath/openflow/text.ts'
import {type IdKind, Ids, noteOf, recoverIds} from '../../src/datapath/plan/ids.ts'

describe('numbers by name', () => {
  test('stay, are given once, and rest before they are given again', () => {
    const ids = new Ids(new Map(), 4)
    expect(['a', 'b', 'a', 'c'].map((name) => ids.of(name))).toEqual([1, 2, 1, 3])
    ids.release('a')
    ids.release('nobody')
    expect(['d', 'a'].map((name) => ids.of(name))).toEqual([4, 1])
    expect(() => ids.of('e')).toThrow('all 4 numbers are taken')
  })

  test.each<readonly [IdKind, (id: number, note: string) => string]>([
    ['conjunction', (id, note) => `table=12,priority=100,conj_id=${id},ip actions=${note},goto_table:13`],
    ['group', (id, note) => `table=20,priority=100,ip,nw_dst=10.96.0.${id % 250} actions=${note},group:${id}`],
  ])('a %s is recovered from the flows of an earlier process', (kind, textOf) => {
    const name = fc.string({unit: 'grapheme', minLength: 1, maxLength: 40}).filter((text) => !text.endsWith('\0'))
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.boolean()), {maxLength: 40}), (steps) => {
        const ids = new Ids()
        const now = new Map<string, number>()
        for (const [owner, goes] of steps) {
          if (goes) {
            ids.release(owner)
            now.delete(owner)
          } else now.set(owner, ids.of(owner))
        }
        expect(new Set(now.values()).size).toBe(now.size)
        const flows = [...now].map(([owner, id]) => asDumped(textOf(id, noteOf(owner))))
        const recovered = recoverIds(kind, [...flows, parseFlow('table=12,priority=1,ip actions=conjunction(77,1/2)')])
        expect(recovered).toEqual(now)
        const successor = new Ids(recovered)
        for (const [owner, id] of now) expect(successor.of(owner)).toBe(id)
        expect([...now.values()]).not.toContain(successor.of(' a newcomer'))
      }),
    )
  })
})

test('a note is written as the switch gives it back', () => {
  for (const name of ['r', 'rule/6', 'policy/default/web/ingress/0', 'ünï']) {
    const flow = parseFlow(`table=12,priority=1,ip actions=${noteOf(name)}`)
    expect(canonicalFlow(flow).actions).toEqual(flow.actions)
  }
})

function asDumped(text: string): Flow {
  return canonicalFlow(parseFlow(text))
}
