import {afterAll, beforeAll, expect, test} from 'vitest'
import {connectOvsdb} from '../../src/datapath/ovsdb/connection.ts'
import {connectControl} from '../../src/datapath/ovsdb/control.ts'
import {
  bridgeNames,
  ensureBridge,
  ensurePort,
  portsOf,
  removeBridge,
  removePort,
  setBridgeConfig,
  setOpenvSwitchConfig,
} from '../../src/datapath/ovsdb/switch.ts'
import {startOpenvSwitch, type TestSwitch} from './open-vswitch.ts'

let ovs: TestSwitch
beforeAll(async () => {
  ovs = await startOpenvSwitch()
})
afterAll(async () => ovs[Symbol.asyncDispose]())

const bridge = {name: 'br-phy', datapathType: 'dummy', failMode: 'secure', protocols: ['OpenFlow15']} as const

function rowOf(name: string): unknown {
  return [...ovs.ovsdb.rows('Bridge').values()].find((row) => row.name === name)
}

test('a bridge is made once and corrected after', async () => {
  await ensureBridge(ovs.ovsdb, {...bridge, mac: '0a:00:00:00:00:01', externalIds: {owner: 'antctl'}})
  await ensureBridge(ovs.ovsdb, {...bridge, failMode: 'standalone', externalIds: {more: '1'}})
  expect(bridgeNames(ovs.ovsdb).toSorted()).toEqual(['br-int', 'br-phy'])
  expect(rowOf('br-phy')).toMatchObject({
    fail_mode: 'standalone',
    protocols: ['OpenFlow15'],
    other_config: {hwaddr: '0a:00:00:00:00:01'},
    external_ids: {owner: 'antctl', more: '1'},
  })
})

test('keys of other_config are set, changed and taken away; others stay', async () => {
  await setBridgeConfig(ovs.ovsdb, 'br-phy', {'mac-table-size': '50', hwaddr: undefined})
  await setBridgeConfig(ovs.ovsdb, 'br-phy', {'mac-table-size': '60'})
  expect(rowOf('br-phy')).toMatchObject({other_config: {'mac-table-size': '60'}})
  await setOpenvSwitchConfig(ovs.ovsdb, {'flow-restore-wait': 'true', 'max-idle': '5000'})
  await setOpenvSwitchConfig(ovs.ovsdb, {'flow-restore-wait': undefined})
  expect([...ovs.ovsdb.rows('Open_vSwitch').values()]).toMatchObject([{other_config: {'max-idle': '5000'}}])
})

test('a port is made with its ofport, corrected, seen by another client and removed', async () => {
  const made = await ensurePort(ovs.ovsdb, 'br-int', {
    name: 'pod-1',
    type: 'dummy',
    ofportRequest: 7,
    externalIds: {pod: 'a'},
  })
  expect(made).toMatchObject({name: 'pod-1', ofport: 7, externalIds: {pod: 'a'}})
  const again = await ensurePort(ovs.ovsdb, 'br-int', {name: 'pod-1', externalIds: {pod: 'b'}})
  expect(again).toMatchObject({uuid: made.uuid, ofport: 7, type: 'dummy', externalIds: {pod: 'b'}})
  using other = await connectOvsdb(ovs.dbSocket)
  expect(portsOf(other, 'br-int')).toEqual([again])
  await removePort(ovs.ovsdb, 'br-int', 'pod-1')
  await removePort(ovs.ovsdb, 'br-int', 'pod-1')
  await other.waitFor('the end of pod-1', () => (portsOf(other, 'br-int').length === 0 ? true : undefined))
  expect(portsOf(ovs.ovsdb, 'br-int')).toEqual([])
})

test('100 ports asked for at once all get an ofport of their own', async () => {
  const names = Array.from({length: 100}, (_, index) => `many-${index}`)
  const ports = await Promise.all(names.map(async (name) => ensurePort(ovs.ovsdb, 'br-int', {name, type: 'dummy'})))
  expect(new Set(ports.map(({ofport}) => ofport)).size).toBe(100)
  await Promise.all(names.map(async (name) => removePort(ovs.ovsdb, 'br-int', name)))
})

test('two clients that make the same port: one wins, the other is told', async () => {
  using other = await connectOvsdb(ovs.dbSocket)
  const port = {name: 'twice', type: 'dummy'}
  const results = await Promise.allSettled([ensurePort(ovs.ovsdb, 'br-int', port), ensurePort(other, 'br-int', port)])
  expect(results.map(({status}) => status)).toContain('fulfilled')
  expect(portsOf(ovs.ovsdb, 'br-int').map(({name}) => name)).toEqual(['twice'])
})

test('what Open vSwitch cannot do is told in its own sentence', async () => {
  await expect(ensurePort(ovs.ovsdb, 'br-phy', {name: 'twice'})).rejects.toThrow(
    'port twice is on another bridge than br-phy',
  )
  await expect(ensurePort(ovs.ovsdb, 'br-none', {name: 'x'})).rejects.toThrow('Open vSwitch has no bridge br-none')
  await expect(ensurePort(ovs.ovsdb, 'br-int', {name: 'odd', type: 'no-such-type'})).rejects.toThrow(
    /could not add port odd/u,
  )
})

test('the control socket traces, and names what it does not know', async () => {
  using control = await connectControl(ovs.runDir)
  expect(await control.run('version')).toContain('Open vSwitch')
  expect(await control.run('ofproto/trace', ['br-int', 'in_port=1,ip'])).toContain('Datapath actions: drop')
  await expect(control.run('ofproto/trace', ['br-none', 'ip'])).rejects.toThrow('unknown bridge')
  await expect(control.run('no/such')).rejects.toThrow('"no/such" is not a valid command')
})

test('a bridge goes away with its ports', async () => {
  await removeBridge(ovs.ovsdb, 'br-phy')
  await removeBridge(ovs.ovsdb, 'br-phy')
  expect(bridgeNames(ovs.ovsdb)).toEqual(['br-int'])
})

test('the end of either process is told at once', async () => {
  using control = await connectControl(ovs.runDir)
  const ends = [
    new Promise((resolve) => control.onClose((reason) => resolve(reason?.code))),
    new Promise((resolve) => ovs.ovsdb.onClose((reason) => resolve(reason?.code))),
  ]
  await ovs.killSwitch()
  await ovs.killDatabase()
  expect(await Promise.all(ends)).toEqual(['OPENFLOW', 'OVSDB'])
  await expect(ovs.ovsdb.transact([{op: 'comment', comment: 'x'}])).rejects.toThrow(
    'the connection to ovsdb-server was lost',
  )
})
