import {expect, test} from 'vitest'
import {byName} from '../../src/model/order.ts'

test.each([
  [
    ['n10', 'n2', 'n1'],
    ['n1', 'n2', 'n10'],
  ],
  [
    ['b', 'a-10-b', 'a-9-c', 'a'],
    ['a', 'a-9-c', 'a-10-b', 'b'],
  ],
  [
    ['n01', 'n1', 'n1a', 'n'],
    ['n', 'n01', 'n1', 'n1a'],
  ],
  [
    ['10.0.0.10', '10.0.0.9'],
    ['10.0.0.9', '10.0.0.10'],
  ],
  [
    ['', 'x', ''],
    ['', '', 'x'],
  ],
])('%j is in order as %j', (names, sorted) => {
  expect(names.toSorted(byName)).toEqual(sorted)
  expect(names.toReversed().toSorted(byName)).toEqual(sorted)
})
