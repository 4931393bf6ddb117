import {expect, test} from 'vitest'
import {DatabaseCopy, monitorRequests} from '../../src/datapath/ovsdb/copy.ts'

const [bridge, portA, portB] = ['b0', 'a0', 'a1']

function copyWithBridge(): DatabaseCopy {
  const copy = new DatabaseCopy()
  const initial = {
    name: 'br-int',
    ports: ['uuid', portA],
    datapath_type: 'netdev',
    fail_mode: ['set', []],
    protocols: ['set', ['OpenFlow10', 'OpenFlow15']],
    external_ids: [
      'map',
      [
        ['kept', '1'],
        ['changed', '1'],
        ['gone', '1'],
      ],
    ],
  }
  copy.apply({Bridge: {[bridge]: {initial}}})
  return copy
}

test('a row is read by its columns; what was not sent is empty', () => {
  expect(copyWithBridge().rows('Bridge').get(bridge)).toEqual({
    name: 'br-int',
    ports: [portA],
    datapath_type: 'netdev',
    fail_mode: undefined,
    protocols: ['OpenFlow10', 'OpenFlow15'],
    other_config: {},
    external_ids: {kept: '1', changed: '1', gone: '1'},
  })
})

test('a modify carries differences of sets and maps, and new values of the rest', () => {
  const copy = copyWithBridge()
  const modify = {
    ports: [
      'set',
      [
        ['uuid', portA],
        ['uuid', portB],
      ],
    ],
    fail_mode: 'secure',
    external_ids: [
      'map',
      [
        ['changed', '2'],
        ['gone', '1'],
        ['new', '3'],
      ],
    ],
  }
  copy.apply({Bridge: {[bridge]: {modify}}})
  expect(copy.rows('Bridge').get(bridge)).toMatchObject({
    name: 'br-int',
    ports: [portB],
    fail_mode: 'secure',
    protocols: ['OpenFlow10', 'OpenFlow15'],
    external_ids: {kept: '1', changed: '2', new: '3'},
  })
})

test('an optional value goes away again, a row too', () => {
  const copy = copyWithBridge()
  copy.apply({Bridge: {[bridge]: {modify: {fail_mode: 'secure'}}}})
  copy.apply({Bridge: {[bridge]: {modify: {fail_mode: ['set', []]}}}})
  expect(copy.rows('Bridge').get(bridge)?.fail_mode).toBeUndefined()
  copy.apply({Bridge: {[bridge]: {delete: null}}})
  expect(copy.rows('Bridge').size).toBe(0)
})

test('tables that we do not know are passed over, values of a wrong type are refused', () => {
  const copy = new DatabaseCopy()
  copy.apply({Mirror: {m0: {initial: {name: 'm'}}}})
  expect(() => copy.apply({Bridge: {[bridge]: {initial: {name: 5}}}})).toThrow('ovsdb-server sent 5')
  expect(() => copy.apply([1])).toThrow('unreadable update')
})

test('all tables are asked for', () => {
  expect(Object.keys(monitorRequests())).toEqual(['Open_vSwitch', 'Bridge', 'Port', 'Interface'])
})
