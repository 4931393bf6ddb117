import {expect, test} from 'vitest'
import {newlyWrong, type Testimony} from '../../../src/changes/engine/witnesses.ts'

const right: Testimony = new Map([['n2 n1', undefined]])
const wrong: Testimony = new Map([['n2 n1', 'n2: to n1 it is broken']])
const silent: Testimony = new Map()

test.each([
  ['what was right and is wrong', right, wrong, 'n2: to n1 it is broken'],
  ['what was wrong before', wrong, wrong, undefined],
  ['of whom nothing was heard before', silent, wrong, undefined],
  ['of whom nothing is heard now', right, silent, undefined],
  ['what has become right', wrong, right, undefined],
])('%s', (_, before, now, fault) => {
  expect(newlyWrong(before, now)).toBe(fault)
})
