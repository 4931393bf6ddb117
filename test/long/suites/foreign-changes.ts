import {afterAll, beforeAll, expect, test} from 'vitest'
import {type ForeignChange, foreignState} from '../foreign.ts'
import {repairedAfter} from '../repairs.ts'
import {differing, type Snapshot, snapshot} from '../switch-state.ts'

/** Milliseconds. */
const mustBeRepairedWithin = 1000

export function foreignChangesAreRepaired(changes: readonly ForeignChange[]): void {
  let whole: Snapshot
  let theirs: unknown

  beforeAll(async () => {
    await foreignState.make('n1')
    whole = await snapshot('n1')
    theirs = await foreignState.show('n1')
  })
  afterAll(() => foreignState.remove('n1'))

  test.each(changes)('$what: as before within a second', async (change) => {
    expect(await repairedAfter('n1', change, whole)).toBeLessThan(mustBeRepairedWithin)
  })

  test('what is not ours was never touched, and in the end all is as it was', async () => {
    expect(await foreignState.show('n1')).toEqual(theirs)
    expect(differing(whole, await snapshot('n1'))).toEqual([])
  })
}
