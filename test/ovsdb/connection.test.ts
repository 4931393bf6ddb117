import {dirname} from 'node:path'
import type {Socket} from 'node:net'
import {expect, test} from 'vitest'
import * as v from 'valibot'
import {connectOvsdb} from '../../src/datapath/ovsdb/connection.ts'
import {connectControl} from '../../src/datapath/ovsdb/control.ts'
import {JsonFramer} from '../../src/datapath/ovsdb/json-framing.ts'
import {type FakePeer, startFakePeer} from '../openflow/peer.ts'

const request = v.object({
  id: v.unknown(),
  method: v.optional(v.string(), ''),
  params: v.optional(v.array(v.unknown()), []),
})
type Request = v.InferOutput<typeof request>

test('every failed operation and a failed commit are errors', async () => {
  const answers: unknown[][] = [
    [{uuid: ['uuid', 'x']}, {error: 'constraint violation', details: 'too many'}, null],
    [{count: 1}, {error: 'referential integrity violation', details: 'dangling'}],
    [{count: 1}],
  ]
  await using peer = await fakeDatabase(({method}) => (method === 'transact' ? answers.shift() : undefined))
  using ovsdb = await connectOvsdb(peer.socketPath)
  const insert = {op: 'insert', table: 'Port', row: {}}
  await expect(ovsdb.transact([insert, {...insert, table: 'Bridge'}, insert])).rejects.toThrow(
    'ovsdb-server refused insert Bridge: constraint violation: too many',
  )
  await expect(ovsdb.transact([insert])).rejects.toThrow(
    'ovsdb-server refused the commit: referential integrity violation',
  )
  await expect(ovsdb.transact([insert])).resolves.toEqual([{count: 1}])
})

test('updates reach the copy, its listeners and who waits', async () => {
  let client: Socket | undefined
  await using peer = await fakeDatabase(
    () => undefined,
    (socket) => {
      client = socket
    },
  )
  using ovsdb = await connectOvsdb(peer.socketPath)
  const row = {name: 'eth1', ofport: 5}
  const wait = ovsdb.waitFor(
    'eth1',
    () => [...ovsdb.rows('Interface').values()].find(({name}) => name === 'eth1')?.ofport,
  )
  client?.write(
    JSON.stringify({id: null, method: 'update3', params: ['antctl', 'x', {Interface: {i0: {insert: row}}}]}),
  )
  await expect(wait).resolves.toBe(5)
  await expect(ovsdb.waitFor('eth2', () => undefined, 20)).rejects.toThrow('eth2 did not happen within 0.02 s')
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

test('a peer that dies or talks rubbish rejects what is waited for', async () => {
  await using peer = await fakeDatabase(() => undefined)
  using ovsdb = await connectOvsdb(peer.socketPath)
  const reasons: unknown[] = []
  ovsdb.onClose((reason) => reasons.push(reason?.code))
  const waiting = ovsdb.transact([{op: 'comment'}])
  setTimeout(() => peer.hangUp(), 20)
  await expect(waiting).rejects.toThrow('the connection to ovsdb-server was lost')
  expect(reasons).toEqual(['OVSDB'])
  await using rubbish = await startFakePeer((socket) => socket.write('HTTP/1.1 400 Bad Request'))
  await expect(connectOvsdb(rubbish.socketPath)).rejects.toThrow('it sent what is not JSON-RPC')
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

async function fakeDatabase(
  answer: (asked: Request) => unknown[] | undefined,
  onConnection: (socket: Socket) => void = () => {},
): Promise<FakePeer> {
  return fakePeerOf(
    (asked) => {
      const result = asked.method === 'monitor_cond_since' ? [false, '0', {}] : answer(asked)
      return result === undefined ? undefined : {result}
    },
    'db.sock',
    onConnection,
  )
}

async function fakePeerOf(
  answer: (asked: Request) => {readonly result?: unknown; readonly error?: unknown} | undefined,
  name: string,
  onConnection: (socket: Socket) => void = () => {},
): Promise<FakePeer> {
  return startFakePeer((socket) => {
    onConnection(socket)
    const framer = new JsonFramer()
    socket.on('data', (chunk) => {
      for (const text of framer.push(chunk)) {
        const asked = v.parse(request, text)
        const answered = answer(asked)
        if (answered !== undefined) socket.write(JSON.stringify({id: asked.id, result: null, error: null, ...answered}))
      }
    })
  }, name)
}
