import {Socket} from 'node:net'
import {setTimeout as sleep} from 'node:timers/promises'
import {describe, expect, test} from 'vitest'
import {forwardPort} from '../../src/cluster/road-forward.ts'
import {credentialsOf, goodbye, joins, open, protocol, says, server} from './fake-channels.ts'
import {acceptUpgrade, clientFrames, serverFrame} from './fake-servers.ts'

describe('what a server may say, and what not', () => {
  test('a message in parts with a ping between, an empty one, and a long one', async () => {
    const long = Buffer.alloc(70_000, 'x')
    const answered = Promise.withResolvers<Buffer>()
    await using listening = await server((request, socket) => {
      socket.on(
        'data',
        clientFrames((opcode, payload) => opcode === 10 && answered.resolve(payload)),
      )
      joins(
        serverFrame(2, Buffer.of(0, 97), {final: false}),
        serverFrame(9, Buffer.from('?')),
        serverFrame(0, Buffer.from('b')),
        serverFrame(2, Buffer.of()),
        serverFrame(2, Buffer.concat([Buffer.of(1), long])),
      )(request, socket)
      void answered.promise.then(() => socket.end(goodbye))
    })
    const {messages, end} = await open(credentialsOf(listening))
    expect(await end).toBeUndefined()
    expect(messages).toEqual([
      [0, Buffer.from('ab')],
      [1, long],
    ])
    expect(await answered.promise).toEqual(Buffer.from('?'))
  })

  test.each<[string, Buffer, object | undefined]>([
    ['a goodbye without a code', serverFrame(8, Buffer.of()), undefined],
    [
      'a goodbye with a reason',
      serverFrame(8, Buffer.concat([Buffer.of(0x03, 0xf3), Buffer.from('gone')])),
      {code: 'API_UNREACHABLE', message: 'the API server closed the connection (1011: gone)'},
    ],
    ['a masked frame', Buffer.of(0x82, 0x81, 0, 0, 0, 0, 0), {code: 'API_ANSWER'}],
    ['a compressed frame', Buffer.of(0xc2, 0x01, 0), {code: 'API_ANSWER'}],
    [
      'a frame as large as memory',
      Buffer.of(0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0),
      {code: 'API_ANSWER', message: expect.stringMatching(/^the WebSocket broke its protocol/u)},
    ],
    [
      'a message as large as memory, in parts',
      Buffer.concat([
        serverFrame(2, Buffer.alloc(5 << 20), {final: false}),
        serverFrame(0, Buffer.alloc(5 << 20), {final: false}),
      ]),
      {code: 'API_ANSWER'},
    ],
  ])('%s', async (_name, bytes, error) => {
    await using listening = await server(says(bytes))
    const ended = await (await open(credentialsOf(listening))).end
    if (error === undefined) expect(ended).toBeUndefined()
    else expect(ended).toMatchObject(error)
  })

  test('a connection that breaks', async () => {
    await using listening = await server(joins(serverFrame(2, Buffer.of(0, 1))))
    listening.server.on('connection', (tcp) => {
      if (tcp instanceof Socket) setTimeout(() => tcp.resetAndDestroy(), 200)
    })
    expect(await (await open(credentialsOf(listening))).end).toMatchObject({code: 'API_UNREACHABLE'})
  })

  test('a server that does not answer our goodbye is left', async () => {
    const closed = Promise.withResolvers<void>()
    await using listening = await server((request, socket) => {
      socket.on('close', () => closed.resolve()).resume()
      joins()(request, socket)
    })
    const {channels, end} = await open(credentialsOf(listening))
    channels.close()
    expect(await end).toBeUndefined()
    await closed.promise
  })
})

test('who reads slowly holds the server back, and loses nothing', async () => {
  const pieces = 512
  let written = 0
  await using listening = await server((request, socket) => {
    acceptUpgrade(request, socket, protocol)
    socket.write(serverFrame(2, Buffer.of(0, 0, 1)))
    const fill = () => {
      while (written < pieces) {
        written += 1
        if (!socket.write(serverFrame(2, Buffer.concat([Buffer.of(0), Buffer.alloc(32_767, written)])))) {
          socket.once('drain', fill)
          return
        }
      }
      socket.end(goodbye)
    }
    fill()
  })
  const stream = await forwardPort(credentialsOf(listening), {namespace: 'a', pod: 'b', port: 256})
  stream.read(0)
  await sleep(300)
  expect(written).toBeLessThan(pieces)
  expect(stream.readableLength).toBeLessThan(1 << 20)
  let size = 0
  for await (const chunk of stream) size += Buffer.from(chunk).length
  expect(size).toBe(pieces * 32_767)
})
