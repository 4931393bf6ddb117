import {dirname} from 'node:path'
import type {Socket} from 'node:net'
import {expect, test} from 'vitest'
import * as v from 'valibot'
import {connectOvsdb} from '../../src/datapath/ovsdb/connection.ts'
import {connectControl} from '../../src/datapath/ovsdb/control.ts'
import {JsonFramer} from '../../src/datapath/ovsdb/json-framing.ts'
import {insert} from '../../src/datapath/ovsdb/operations.ts'
import {startFakePeer} from '../openflow/peer.ts'
import {fakeDatabase, fakePeerOf, update3} from './fake-database.ts'
import {capturedSchema} from './schema.ts'

const comment = {op: 'comment', comment: 'x'} as const

test('every failed operation and a failed commit are errors', async () => {
  const answers: unknown[][] = [
    [{uuid: ['uuid', 'x']}, {error: 'constraint violation', details: 'too many'}, null],
    [{count: 1}, {error: 'referential integrity violation', details: 'dangling'}],
    [{count: 1}],
    [],
  ]
  await using peer = await fakeDatabase(({method}) => (method === 'transact' ? answers.shift() : undefined))
  using ovsdb = await connectOvsdb(peer.socketPath)
  const [port, bridge] = [insert('Port', {}), insert('Bridge', {})]
  await expect(ovsdb.transact([port, bridge, port])).rejects.toThrow(
    'ovsdb-server refused insert Bridge: constraint violation: too many',
  )
  await expect(ovsdb.transact([port])).rejects.toThrow(
    'ovsdb-server refused the commit: referential integrity violation',
  )
  await expect(ovsdb.transact([port])).resolves.toEqual([{count: 1}])
  await expect(ovsdb.transact([port])).rejects.toThrow('fewer results than operations')
})

test('updates reach the copy, its listeners and who waits', async () => {
  let client: Socket | undefined
  await using peer = await fakeDatabase((_, socket) => {
    client = socket
  })
  using ovsdb = await connectOvsdb(peer.socketPath)
  const row = {name: 'eth1', ofport: 5}
  const wait = ovsdb.waitFor(
    'eth1',
    () => [...ovsdb.rows('Interface').values()].find(({name}) => name === 'eth1')?.ofport,
  )
  const heard: string[] = []
  ovsdb.onChange((tables) => heard.push([...tables].join()))
  client?.write(update3('1', {Interface: {i0: {insert: row}}}))
  await expect(wait).resolves.toBe(5)
  expect(heard).toEqual(['Interface'])
  await expect(ovsdb.waitFor('eth2', () => undefined, 20)).rejects.toThrow('eth2 did not happen within 0.02 s')
  const broken = ovsdb.waitFor('eth3', () => {
    if (ovsdb.rows('Interface').size > 1) throw new Error('cannot look')
    return undefined
  })
  client?.write(update3('2', {Interface: {i1: {insert: row}}}))
  await expect(broken).rejects.toThrow('cannot look')
})

test('an update that comes in one piece with the first copy is applied after it', async () => {
  await using peer = await fakeDatabase(({method, id}, socket) => {
    if (method !== 'monitor_cond_since') return undefined
    const first = {Interface: {i0: {initial: {name: 'eth1', type: 'internal'}}}}
    const reply = JSON.stringify({id, result: [false, '1', first], error: null})
    socket.write(reply + update3('2', {Interface: {i0: {modify: {type: 'dummy'}}}}))
    // The answer is written: nothing that fakeDatabase should add.
    return undefined
  })
  using ovsdb = await connectOvsdb(peer.socketPath)
  await ovsdb.waitFor('the row', () => ovsdb.rows('Interface').get('i0'))
  expect(ovsdb.rows('Interface').get('i0')).toMatchObject({name: 'eth1', type: 'dummy'})
})

test('a server without what we use is refused in a sentence', async () => {
  const schema = capturedSchema()
  delete schema.tables['Bridge']?.columns['fail_mode']
  await using peer = await fakeDatabase(() => undefined, schema)
  await expect(connectOvsdb(peer.socketPath)).rejects.toMatchObject({
    code: 'OVSDB',
    message: 'the database Open_vSwitch (schema 8.3.1) has no column fail_mode in table Bridge',
  })
})

test('echo is answered', async () => {
  const {promise, resolve} = Promise.withResolvers<unknown>()
  await using peer = await startFakePeer((socket) => {
    const framer = new JsonFramer()
    socket.write(JSON.stringify({id: 'echo', method: 'echo', params: ['x']}))
    socket.on('data', (chunk) => {
      for (const text of framer.push(chunk)) if (v.is(v.object({id: v.literal('echo')}), text)) resolve(text)
    })
  })
  connectOvsdb(peer.socketPath).catch(() => {})
  await expect(promise).resolves.toEqual({id: 'echo', result: ['x'], error: null})
})

test('a peer that talks rubbish is refused', async () => {
  await using rubbish = await startFakePeer((socket) => socket.write('HTTP/1.1 400 Bad Request'))
  await expect(connectOvsdb(rubbish.socketPath)).rejects.toThrow('it sent what is not JSON-RPC')
  await using deep = await startFakePeer((socket) => socket.write(`{"id":${'['.repeat(5_000)}`))
  await expect(connectOvsdb(deep.socketPath)).rejects.toThrow('more than 64 brackets inside each other')
})

test('the control socket gives text, and the error of a command as ours', async () => {
  await using peer = await fakePeerOf(
    ({method, params}) =>
      method === 'version' ? {result: 'ovs-vswitchd 3.1.0'} : {error: `${method} ${params.join()}: unknown bridge\n`},
    'ovs-vswitchd.123.ctl',
  )
  const runDir = dirname(peer.socketPath)
  using control = await connectControl(runDir)
  await expect(control.run('version')).resolves.toBe('ovs-vswitchd 3.1.0')
  await expect(control.run('ofproto/trace', ['br-x'])).rejects.toMatchObject({
    code: 'OPENFLOW',
    message: 'ovs-vswitchd: ofproto/trace br-x: unknown bridge',
  })
  await expect(connectControl('/nonexistent')).rejects.toThrow('/nonexistent has no control socket of ovs-vswitchd')
})

test('after close() nothing is asked and nobody connects again', async () => {
  let connections = 0
  await using peer = await fakeDatabase(({method}) => {
    if (method === 'get_schema') return undefined
    connections += method === 'monitor_cond_since' ? 1 : 0
  })
  const ovsdb = await connectOvsdb(peer.socketPath)
  const reasons: unknown[] = []
  ovsdb.onClose((reason) => reasons.push(reason))
  ovsdb.close()
  ovsdb.close()
  await expect(ovsdb.transact([comment])).rejects.toThrow('the connection to ovsdb-server is closed')
  expect(reasons).toEqual([undefined])
  expect(connections).toBe(1)
})
