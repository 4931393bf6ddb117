import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {connectOvsdb, type Ovsdb} from '../../src/datapath/ovsdb/connection.ts'
import {fakeDatabase, type Request, update3} from './fake-database.ts'

const start = '00000000-0000-0000-0000-000000000000'
const comment = {op: 'comment', comment: 'x'} as const
const bridge = {
  name: 'br-int',
  ports: [
    'set',
    [
      ['uuid', 'a'],
      ['uuid', 'b'],
    ],
  ],
}
const samePorts = {
  name: 'br-int',
  ports: [
    'set',
    [
      ['uuid', 'b'],
      ['uuid', 'a'],
    ],
  ],
}

/** A database that answers monitor_cond_since with one prepared reply a connection; what each asked for as `since`. */
async function scripted(replies: readonly unknown[]) {
  const asked: unknown[] = []
  const peer = await fakeDatabase(({method, params}: Request) => {
    if (method !== 'monitor_cond_since') return undefined
    asked.push(params[3])
    return replies[asked.length - 1] ?? replies.at(-1)
  })
  return {peer, asked}
}

async function reconnected(ovsdb: Ovsdb, hangUp: () => void): Promise<void> {
  const back = new Promise<void>((resolve) => {
    const forget = ovsdb.onReconnect(() => {
      forget()
      resolve()
    })
  })
  hangUp()
  await back
}

test('found: what happened meanwhile comes as deltas on top of the copy', async () => {
  const first = [false, 'txn-1', {Bridge: {b0: {initial: bridge}}, Port: {p0: {initial: {name: 'gone'}}}}]
  const later = [true, 'txn-2', {Port: {p0: {delete: null}}}]
  const {peer, asked} = await scripted([first, later])
  await using _peer = peer
  using ovsdb = await connectOvsdb(peer.socketPath)
  const heard: string[] = []
  ovsdb.onChange((tables) => heard.push([...tables].join()))
  await reconnected(ovsdb, peer.hangUp)
  expect(asked).toEqual([start, 'txn-1'])
  expect(heard).toEqual(['Port'])
  expect([ovsdb.rows('Bridge').size, ovsdb.rows('Port').size]).toEqual([1, 0])
})

test('not found: the whole copy is compared, and only what really changed is heard', async () => {
  const first = [false, 'txn-1', {Bridge: {b0: {initial: bridge}}, Port: {p0: {initial: {name: 'eth1'}}}}]
  const same = [false, 'txn-7', {Bridge: {b0: {initial: samePorts}}, Port: {p0: {initial: {name: 'eth1'}}}}]
  const other = [false, 'txn-8', {Bridge: {b0: {initial: samePorts}}, Port: {p1: {initial: {name: 'eth1'}}}}]
  const {peer, asked} = await scripted([first, same, other])
  await using _peer = peer
  using ovsdb = await connectOvsdb(peer.socketPath)
  const heard: string[] = []
  ovsdb.onChange((tables) => heard.push([...tables].join()))
  const before = ovsdb.rows('Bridge').get('b0')
  await reconnected(ovsdb, peer.hangUp)
  expect(heard).toEqual([])
  expect(ovsdb.rows('Bridge').get('b0')).toBe(before)
  await reconnected(ovsdb, peer.hangUp)
  expect(heard).toEqual(['Port'])
  expect(asked).toEqual([start, 'txn-1', 'txn-7'])
  expect([...ovsdb.rows('Port').keys()]).toEqual(['p1'])
})

test('the transaction of the last update is where the next connection goes on', async () => {
  const asked: unknown[] = []
  let socketOf: {write(text: string): unknown} | undefined
  await using peer = await fakeDatabase(({method, params}, socket) => {
    if (method !== 'monitor_cond_since') return undefined
    socketOf = socket
    asked.push(params[3])
    return [asked.length > 1, `txn-${asked.length}`, {}]
  })
  using ovsdb = await connectOvsdb(peer.socketPath)
  socketOf?.write(update3('txn-9', {Port: {p0: {insert: {name: 'eth1'}}}}))
  await ovsdb.waitFor('eth1', () => ovsdb.rows('Port').get('p0'))
  await reconnected(ovsdb, peer.hangUp)
  expect(asked).toEqual([start, 'txn-9'])
})

test('while nobody answers every request rejects at once with the reason; the copy stays', async () => {
  const {peer} = await scripted([[false, 'txn-1', {Bridge: {b0: {initial: bridge}}}]])
  using ovsdb = await connectOvsdb(peer.socketPath)
  const reasons: unknown[] = []
  ovsdb.onClose((reason) => reasons.push(reason?.code))
  const [waiting, wishing] = [ovsdb.transact([comment]), ovsdb.waitFor('nothing', () => undefined)]
  const both = Promise.allSettled([waiting, wishing])
  await peer[Symbol.asyncDispose]()
  const lost = 'the connection to ovsdb-server was lost'
  expect((await both).map((one) => (one.status === 'rejected' ? String(one.reason).includes(lost) : one))).toEqual([
    true,
    true,
  ])
  await sleep(50)
  await expect(ovsdb.transact([comment])).rejects.toMatchObject({code: 'OVSDB'})
  await expect(ovsdb.waitFor('nothing', () => undefined)).rejects.toMatchObject({code: 'OVSDB'})
  expect(ovsdb.trouble()?.message).toContain('cannot connect to ovsdb-server')
  expect(reasons).toEqual(['OVSDB'])
  expect(ovsdb.rows('Bridge').size).toBe(1)
})

test('an update that does not fit the copy: everything is asked for anew', async () => {
  const asked: unknown[] = []
  await using peer = await fakeDatabase(({method, params}, socket) => {
    if (method === 'transact') socket.write(update3('txn-2', {Port: {p9: {modify: {name: 'x'}}}}))
    if (method !== 'monitor_cond_since') return undefined
    asked.push(params[3])
    return [false, 'txn-1', {}]
  })
  using ovsdb = await connectOvsdb(peer.socketPath)
  const reasons: (string | undefined)[] = []
  ovsdb.onClose((reason) => reasons.push(reason?.message))
  const unanswered = ovsdb.transact([comment]).catch((error: unknown) => error)
  await new Promise<void>((resolve) => ovsdb.onReconnect(resolve))
  expect(await unanswered).toBeInstanceOf(Error)
  expect(asked).toEqual([start, start])
  expect(reasons).toEqual(['ovsdb-server changed a row of Port that it had not told of'])
})
