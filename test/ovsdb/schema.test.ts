import {expect, test} from 'vitest'
import {checkSchema} from '../../src/datapath/ovsdb/schema-check.ts'
import {columnsOf, isTable, tables} from '../../src/datapath/ovsdb/schema.ts'
import {capturedSchema} from './schema.ts'

test('our tables are those of the captured schema, column by column', () => {
  checkSchema(capturedSchema())
  const captured = Object.entries(capturedSchema().tables).map(([name, {columns}]) => [name, Object.keys(columns)])
  const ours = Object.keys(tables)
    .filter(isTable)
    .map((name) => [name, Object.keys(columnsOf(name))])
  expect(ours).toEqual(captured)
})

const one = 'string'
const optional = {key: 'string', min: 0, max: 1}
const many = {key: 'string', min: 0, max: 'unlimited'}
const map = {key: 'string', value: 'string', min: 0, max: 'unlimited'}
const numbers = {key: 'string', value: 'integer', min: 0, max: 'unlimited'}
const rows = (refTable: string, min: number) => ({key: {type: 'uuid', refTable}, min, max: 'unlimited'})

test.each([
  [
    'a scalar became optional',
    'Port',
    'name',
    optional,
    /Port\.name as 0 to 1 string, which should be 1 to 1 string$/u,
  ],
  [
    'an optional value became a set',
    'Bridge',
    'fail_mode',
    many,
    /as 0 to many string, which should be 0 to 1 string$/u,
  ],
  ['a set became a scalar', 'Bridge', 'protocols', one, /as 1 to 1 string, which should be 0 to many string$/u],
  ['a number became text', 'Interface', 'ofport', optional, /as 0 to 1 string, which should be 0 to 1 integer$/u],
  ['a map became a set', 'Bridge', 'other_config', many, /which should be 0 to many map of string to string$/u],
  ['a map has other values', 'Port', 'external_ids', numbers, /as 0 to many map of string to integer/u],
  [
    'rows of another table',
    'Bridge',
    'ports',
    rows('Mirror', 0),
    /uuid of Mirror, which should be 0 to many uuid of Port/u,
  ],
  ['rows that may be missing', 'Port', 'interfaces', rows('Interface', 0), /as 0 to many uuid of Interface/u],
  ['a set became a map', 'Bridge', 'protocols', map, /as 0 to many map of string to string/u],
  ['no type at all', 'Bridge', 'name', 7, /as an unreadable type/u],
])('%s', (_, table, column, type, sentence) => {
  const schema = capturedSchema()
  Object.assign(schema.tables[table]?.columns[column] ?? {}, {type})
  expect(() => checkSchema(schema)).toThrow(sentence)
})

test('what is missing is named', () => {
  const [noColumn, noTable] = [capturedSchema(), capturedSchema()]
  delete noColumn.tables['Interface']?.columns['mtu_request']
  delete noTable.tables['Interface']
  expect(() => checkSchema(noColumn)).toThrow('(schema 8.3.1) has no column mtu_request in table Interface')
  expect(() => checkSchema(noTable)).toThrow('has no table Interface')
  expect(() => checkSchema({tables: {constructor: {columns: {}}}})).toThrow('has no table Open_vSwitch')
  expect(() => checkSchema('nothing')).toThrow('no readable schema')
})
