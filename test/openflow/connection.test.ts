import type {Socket} from 'node:net'
import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test, vi} from 'vitest'
import {connectOpenFlow} from '../../src/datapath/openflow/connection.ts'
import {type Message, MessageFramer} from '../../src/datapath/openflow/framing.ts'
import {message} from '../../src/datapath/openflow/messages.ts'
import {openSession} from '../../src/datapath/openflow/session.ts'
import {statisticsOf} from '../../src/datapath/openflow/statistics.ts'
import {capture, readCapture} from './capture.ts'
import {type FakePeer, startFakePeer} from './peer.ts'

const [hello = Buffer.alloc(0), ...dumpReplies] = capture('dump', '<')
const portReplies = capture('ports', '<').slice(1)

test('a recorded dump and list of ports are read over a socket', async () => {
  await using peer = await fakeSwitch((socket, {type, xid, body}) => {
    if (type !== 'multipartRequest') return
    const replies = body.readUInt16BE(0) === 1 ? dumpReplies : portReplies
    // A byte at a time would be slower, not more cut: 7 does not divide any boundary.
    for (const reply of replies) for (const piece of pieces(withXid(reply, xid), 7)) socket.write(piece)
  })
  using connection = await connectOpenFlow(peer.socketPath)
  const [flows, ports] = await Promise.all([connection.dumpFlows(), connection.ports()])
  expect(flows).toHaveLength(readCapture('flows.txt').length)
  expect(ports).toEqual([])
})

test('echo requests are answered with their own bytes', async () => {
  const {promise, resolve} = Promise.withResolvers<Message>()
  await using peer = await fakeSwitch((socket, received) => {
    if (received.type === 'barrierRequest') socket.write(message('echoRequest', 77, Buffer.from('are you there')))
    if (received.type === 'echoReply') resolve(received)
  })
  using connection = await connectOpenFlow(peer.socketPath)
  connection.barrier().catch(() => {})
  await expect(promise).resolves.toMatchObject({type: 'echoReply', xid: 77, body: Buffer.from('are you there')})
})

test('a bridge without OpenFlow 1.5 is refused with the command that mends it', async () => {
  await using peer = await startFakePeer((socket) =>
    socket.write(Buffer.from('04000010000000010001000800000010', 'hex')),
  )
  await expect(connectOpenFlow(peer.socketPath)).rejects.toMatchObject({
    code: 'OPENFLOW',
    message: 'the bridge does not speak OpenFlow 1.5',
    remedy: ['ovs-vsctl set bridge br-int protocols=OpenFlow10,OpenFlow15'],
  })
})

test.each([
  ['up to 1.4, without a bitmap', '0500000800000001'],
  ['1.0 and 1.3 by its bitmap, whatever its header says', '06000010000000010001000800000012'],
])('a bridge with %s', async (_, hex) => {
  await using peer = await startFakePeer((socket) => socket.write(Buffer.from(hex, 'hex')))
  await expect(connectOpenFlow(peer.socketPath)).rejects.toThrow('the bridge does not speak OpenFlow 1.5')
})

test.each([
  ['1.6 and all before, without a bitmap', '0700000800000001'],
  ['1.0 and 1.5 by its bitmap, in a message of 1.0', '01000010000000010001000800000042'],
])('a bridge with %s is spoken to', async (_, hex) => {
  await using peer = await startFakePeer((socket) => socket.write(Buffer.from(hex, 'hex')))
  using connection = await connectOpenFlow(peer.socketPath)
  expect(connection).toBeDefined()
})

test('a reply that does not end is given up', async () => {
  await using peer = await fakeSwitch((socket, {type, xid}) => {
    // Flag 1: more to come.
    const part = message('multipartReply', xid, Buffer.from('0001000100000000', 'hex'), Buffer.alloc(60_000))
    if (type === 'multipartRequest') for (let sent = 0; sent < 20; sent += 1) socket.write(part)
  })
  const session = await openSession(peer.socketPath, undefined, {mostReply: 1_000_000})
  const dump = statisticsOf(session).dumpFlows()
  await expect(dump).rejects.toThrow('more than 1000000 bytes for a dump of flows')
  expect(session.isOpen).toBe(false)
})

test('no socket', async () => {
  await expect(connectOpenFlow('/nonexistent/br-int.mgmt')).rejects.toThrow(
    'cannot connect to /nonexistent/br-int.mgmt',
  )
})

test('a peer that dies rejects what is waited for and tells the listener once', async () => {
  await using peer = await fakeSwitch(() => {})
  using connection = await connectOpenFlow(peer.socketPath)
  const reasons: unknown[] = []
  connection.onClose((reason) => reasons.push(reason?.message))
  const waiting = [
    connection.barrier(),
    connection.dumpFlows(),
    connection.bundle({add: [{table: 1, priority: 1, cookie: 1n, match: {}, actions: []}]}),
  ]
  setTimeout(() => peer.hangUp(), 20)
  const results = await Promise.allSettled(waiting)
  expect(results.map(({status}) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  await expect(connection.barrier()).rejects.toThrow('the OpenFlow connection was lost')
  expect(reasons).toEqual(['the OpenFlow connection was lost: the switch closed the connection'])
})

test('a peer that sends rubbish ends the connection with a sentence', async () => {
  await using peer = await fakeSwitch((socket, {type}) => {
    if (type === 'barrierRequest') socket.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))
  })
  using connection = await connectOpenFlow(peer.socketPath)
  await expect(connection.barrier()).rejects.toThrow('malformed OpenFlow')
})

test('an aborted signal closes it', async () => {
  await using peer = await fakeSwitch(() => {})
  const stop = new AbortController()
  using connection = await connectOpenFlow(peer.socketPath, {signal: stop.signal})
  const waiting = connection.barrier()
  stop.abort()
  await expect(waiting).rejects.toThrow('the OpenFlow connection was lost')
})

test('a switch that says nothing for 10 s is lost, one that answers an echo is not', async () => {
  vi.useFakeTimers({toFake: ['setInterval', 'clearInterval']})
  await using mute = await fakeSwitch(() => {})
  await using alive = await fakeSwitch((socket, {type, xid, body}) => {
    if (type === 'echoRequest') socket.write(message('echoReply', xid, body))
  })
  using lost = await connectOpenFlow(mute.socketPath)
  using kept = await connectOpenFlow(alive.socketPath)
  const ends: string[] = []
  lost.onClose((reason) => ends.push(`mute: ${reason?.message}`))
  kept.onClose((reason) => ends.push(`alive: ${reason?.message}`))
  const pending = lost.barrier().catch(String)
  for (let second = 0; second < 25; second += 1) {
    vi.advanceTimersByTime(1_000)
    await sleep(5)
  }
  vi.useRealTimers()
  expect(ends).toEqual(['mute: the OpenFlow connection was lost: it has been silent for 10 s'])
  expect(await pending).toContain('it has been silent for 10 s')
})

/** Says HELLO, then shows each message to the test. */
async function fakeSwitch(onMessage: (socket: Socket, received: Message) => void): Promise<FakePeer> {
  return startFakePeer((socket) => {
    const framer = new MessageFramer()
    socket.write(hello)
    socket.on('data', (chunk) => {
      for (const received of framer.push(chunk)) onMessage(socket, received)
    })
  })
}

function withXid(reply: Buffer, xid: number): Buffer {
  const copy = Buffer.from(reply)
  copy.writeUInt32BE(xid, 4)
  return copy
}

function pieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({length: Math.ceil(bytes.length / size)}, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}
