import {expect, test} from 'vitest'
import {goto, nextTable, tableId, tableName, tables} from '../../src/datapath/pipeline/tables.ts'

test('ids rise in the order of the rows, names are unique', () => {
  const ids = tables.map(({id}) => id)
  expect(ids).toEqual(ids.toSorted((a, b) => a - b))
  expect(new Set(ids).size).toBe(ids.length)
  expect(new Set(tables.map(({name}) => name)).size).toBe(tables.length)
})

test('a miss that goes on has a row to go on to', () => {
  expect(tables.filter(({name, miss}) => miss === 'next' && nextTable(name) === undefined)).toEqual([])
})

test.each([
  ['L3Forwarding', 21],
  ['l3forwarding', 21],
  ['21', 21],
  ['0', 0],
])('%s is table %i', (text, id) => {
  expect(tableId(text)).toBe(id)
})

test.each(['', 'L3', '5', '-1', '1e1', '0x15', 'L3Forwarding '])('%j is no table', (text) => {
  expect(() => tableId(text)).toThrow('is not a table of the pipeline')
})

test('a table that the pipeline does not know keeps its number', () => {
  expect([tableName(21), tableName(5)]).toEqual(['L3Forwarding', '5'])
})

test('goto only goes forward', () => {
  expect(goto('Classifier', 'SpoofGuard')).toBe('goto_table:4')
  expect(() => goto('SpoofGuard', 'Classifier')).toThrow('cannot go from SpoofGuard back to Classifier')
  expect(() => goto('Output', 'Output')).toThrow('back')
})
