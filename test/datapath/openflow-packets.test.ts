import {beforeAll, expect, test} from 'vitest'
import {connectOpenFlow, type OpenFlowConnection} from '../../src/datapath/openflow/connection.ts'
import type {SwitchEvent} from '../../src/datapath/openflow/events.ts'
import type {PacketIn} from '../../src/datapath/openflow/packets.ts'
import {parseFlow} from '../../src/datapath/openflow/text.ts'
import {ensurePort} from '../../src/datapath/ovsdb/switch.ts'
import {connectedSwitch} from './connected-switch.ts'
import type {TestSwitch} from './open-vswitch.ts'

let ovs: TestSwitch
let connection: OpenFlowConnection
const connected = connectedSwitch()
beforeAll(() => {
  ;({ovs, connection} = connected())
})

/** UDP from 192.168.0.1 to 192.168.0.2, port 53. */
const packet = Buffer.from(
  '0a580af401020a580af4010308004500001c0001000040110000c0a80001c0a80002003500350008000a',
  'hex',
)

test('a packet that we send into the tables comes back with what they knew about it', async () => {
  await connection.bundle({
    add: [
      parseFlow('cookie=0x77,table=0,priority=9,udp actions=set_field:0x5->reg0,controller(userdata=01.02.03)'),
      parseFlow('cookie=0x78,table=0,priority=8 actions=controller(reason=no_match)'),
    ],
  })
  const packets: PacketIn[] = []
  using _listening = await connection.onPacketIn((packetIn) => packets.push(packetIn))
  await connection.sendPacket({inPort: 'LOCAL', metadata: {tun_id: '0x7'}, actions: ['TABLE'], packet})
  await connection.sendPacket({inPort: '1', actions: ['TABLE'], packet: packet.subarray(0, 30)})
  while (packets.length < 2) await connection.barrier()
  expect(packets[0]).toEqual({
    reason: 'action',
    table: 0,
    cookie: 0x77n,
    metadata: {reg0: '0x5', tun_id: '0x7', in_port: 'LOCAL'},
    packet,
    fullLength: packet.length,
    userdata: Buffer.from([1, 2, 3]),
    continuation: undefined,
  })
  expect(packets[1]).toMatchObject({reason: 'no_match', cookie: 0x78n, metadata: {in_port: '1'}})
})

test('a packet that a flow held goes on when we say so, and only once more', async () => {
  await connection.bundle({
    add: [
      parseFlow('cookie=0x79,table=0,priority=20,in_port=3 actions=controller(pause),resubmit(,1)'),
      parseFlow('cookie=0x80,table=1,priority=1 actions=CONTROLLER:20'),
    ],
  })
  const cookies: (bigint | undefined)[] = []
  using _listening = await connection.onPacketIn((packetIn) => {
    cookies.push(packetIn.cookie)
    if (packetIn.continuation !== undefined) connection.resume(packetIn).catch(() => {})
  })
  await connection.sendPacket({inPort: '3', actions: ['TABLE'], packet})
  while (cookies.length < 2) await connection.barrier()
  // A packet that is held comes without its flow's cookie.
  expect(cookies).toEqual([undefined, 0x80n])
})

test('controllers are told apart by their id', async () => {
  await connection.bundle({add: [parseFlow('table=0,priority=30,in_port=4 actions=controller(id=7),controller(id=8)')]})
  using second = await connectOpenFlow(ovs.openflowSocket)
  const told: string[] = []
  using _seven = await connection.onPacketIn(() => told.push('seven'), {controllerId: 7})
  using _eight = await second.onPacketIn(() => told.push('eight'), {controllerId: 8})
  await connection.sendPacket({inPort: '4', actions: ['TABLE'], packet})
  while (told.length < 2) await Promise.all([connection.barrier(), second.barrier()])
  expect(told.toSorted()).toEqual(['eight', 'seven'])
})

test('ports that come and go, and flows that end, are told', async () => {
  const events: SwitchEvent[] = []
  using _listening = connection.onEvent((event) => events.push(event))
  await ensurePort(ovs.ovsdb, 'br-int', {name: 'pod-9', type: 'dummy', ofportRequest: 9})
  await ovs.ofctl('add-flow', 'cookie=5,table=9,send_flow_rem,ip,actions=drop')
  await ovs.ofctl('del-flows', 'table=9')
  while (!events.some(({event}) => event === 'flowRemoved')) await connection.barrier()
  const port = events.flatMap((event) => (event.event === 'port' ? [event.change] : []))
  expect(port[0]).toMatchObject({event: 'added', port: {name: 'pod-9', ofPort: 9}})
  const removed = events.flatMap((event) => (event.event === 'flowRemoved' ? [event.removed] : []))
  expect(removed).toMatchObject([{reason: 'delete', packets: 0n, flow: {table: 9, cookie: 5n, match: {ip: ''}}}])
})

test('which events are told can be asked and changed', async () => {
  const before = await connection.asyncConfig()
  expect(before).toMatchObject({packetIn: expect.any(Number), portStatus: 7})
  expect(await connection.asyncConfig({portStatus: 2})).toEqual({...before, portStatus: 2})
  expect(await connection.asyncConfig({portStatus: 7})).toEqual(before)
})

test('roles: a secondary may read only', async () => {
  using reader = await connectOpenFlow(ovs.openflowSocket)
  expect(await reader.role('same')).toBe('equal')
  expect(await reader.role('secondary', 1n)).toBe('secondary')
  const add = [parseFlow('table=5,priority=1 actions=drop')]
  await expect(reader.bundle({add})).rejects.toThrow('IS_SLAVE')
  expect(await reader.role('equal')).toBe('equal')
  await reader.bundle({add})
  expect(await reader.aggregate({table: 5})).toEqual({flows: 1, packets: 0n, bytes: 0n})
})

test('what the switch says about itself, its ports and sums', async () => {
  expect(await connection.features()).toMatchObject({tables: 254})
  expect(await connection.description()).toMatchObject({manufacturer: 'Nicira, Inc.', hardware: 'Open vSwitch'})
  const stats = await connection.portStats()
  expect(stats.map(({ofPort}) => ofPort)).toContain(9)
  expect(stats[0]).toMatchObject({rxPackets: 0n, txBytes: 0n})
  expect(stats[0]).not.toHaveProperty('rxErrors')
  expect(await connection.aggregate({cookie: {value: 0x77n, mask: 0xffn}})).toMatchObject({flows: 1})
})
