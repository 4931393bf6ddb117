import {execa} from 'execa'
import {afterEach, beforeEach, expect, test} from 'vitest'
import type {Ovsdb} from '../../src/datapath/ovsdb/connection.ts'
import {openJsonRpc} from '../../src/datapath/ovsdb/json-rpc.ts'
import {checkSchema} from '../../src/datapath/ovsdb/schema-check.ts'
import {
  bridgeNames,
  dropPorts,
  ensureBridge,
  ensurePort,
  portsOf,
  removePorts,
} from '../../src/datapath/ovsdb/switch.ts'
import {startOpenvSwitch, type TestSwitch} from './open-vswitch.ts'

let ovs: TestSwitch
beforeEach(async () => {
  ovs = await startOpenvSwitch()
})
afterEach(async () => ovs[Symbol.asyncDispose]())

const back = (ovsdb: Ovsdb) => new Promise<void>((resolve) => void ovsdb.onReconnect(resolve))
const gone = (ovsdb: Ovsdb) =>
  new Promise<string>((resolve) => void ovsdb.onClose((why) => resolve(why?.message ?? '')))

test('ovsdb-server killed and started again: nobody hears of changes that are none, and all works on', async () => {
  const port = await ensurePort(ovs.ovsdb, 'br-int', {name: 'pod-1', type: 'dummy'})
  const heard: string[] = []
  const lost = gone(ovs.ovsdb)
  await ovs.killDatabase()
  expect(await lost).toContain('the connection to ovsdb-server was lost')
  await expect(ensurePort(ovs.ovsdb, 'br-int', {name: 'pod-2', type: 'dummy'})).rejects.toMatchObject({code: 'OVSDB'})
  expect(portsOf(ovs.ovsdb, 'br-int')).toEqual([port])
  ovs.ovsdb.onChange((tables) => heard.push([...tables].join()))
  const returned = back(ovs.ovsdb)
  await ovs.startDatabase()
  await returned
  expect(heard).toEqual([])
  expect(portsOf(ovs.ovsdb, 'br-int')).toEqual([port])
  await ensurePort(ovs.ovsdb, 'br-int', {name: 'pod-2', type: 'dummy'})
  expect(portsOf(ovs.ovsdb, 'br-int').map(({name}) => name)).toEqual(['pod-1', 'pod-2'])
})

test('what others changed during the outage is heard of', async () => {
  await ensurePort(ovs.ovsdb, 'br-int', {name: 'pod-1', type: 'dummy'})
  await ovs.killDatabase()
  const returned = back(ovs.ovsdb)
  const heard: string[] = []
  ovs.ovsdb.onChange((tables) => heard.push(...tables))
  await ovs.startDatabase('empty')
  await returned
  expect(heard).toContain('Bridge')
  expect(bridgeNames(ovs.ovsdb)).toEqual([])
  await ensureBridge(ovs.ovsdb, {name: 'br-int', datapathType: 'dummy'})
  expect(bridgeNames(ovs.ovsdb)).toEqual(['br-int'])
})

test('a server that hangs is noticed within seconds, and taken again when it goes on', async () => {
  const lost = gone(ovs.ovsdb)
  const returned = back(ovs.ovsdb)
  ovs.signalDatabase('SIGSTOP')
  const pending = ensurePort(ovs.ovsdb, 'br-int', {name: 'pod-1', type: 'dummy'}).catch(String)
  expect(await lost).toContain('it has been silent for 5 s')
  expect(await pending).toContain('it has been silent for 5 s')
  expect(ovs.ovsdb.trouble()?.code).toBe('OVSDB')
  ovs.signalDatabase('SIGCONT')
  await returned
  await ensurePort(ovs.ovsdb, 'br-int', {name: 'pod-2', type: 'dummy'})
})

test('a compaction is no outage', async () => {
  let closes = 0
  ovs.ovsdb.onClose(() => {
    closes += 1
  })
  await execa('ovs-appctl', ['-t', `${ovs.runDir}/db.ctl`, 'ovsdb-server/compact'])
  await ensurePort(ovs.ovsdb, 'br-int', {name: 'pod-1', type: 'dummy'})
  expect(closes).toBe(0)
})

test('many ports go a few at a time', async () => {
  const names = Array.from({length: 10}, (_, index) => `many-${index}`)
  await Promise.all(names.map(async (name) => ensurePort(ovs.ovsdb, 'br-int', {name, type: 'dummy'})))
  await dropPorts(ovs.ovsdb, 'br-int', ['many-9'])
  const counts: number[] = []
  ovs.ovsdb.onChange((tables) => tables.has('Bridge') && counts.push(portsOf(ovs.ovsdb, 'br-int').length))
  await removePorts(ovs.ovsdb, 'br-int', [...names, 'never-there'])
  expect(counts).toEqual([5, 1, 0])
})

test('the schema of this server is ours', async () => {
  const session = await openJsonRpc(ovs.dbSocket, {name: 'ovsdb-server', code: 'OVSDB'})
  const schema = await session.call('get_schema', ['Open_vSwitch'])
  expect(() => checkSchema(schema)).not.toThrow()
  session.close()
})
