import type {IncomingMessage} from 'node:http'
import type {Duplex} from 'node:stream'
import {setTimeout as sleep} from 'node:timers/promises'
import {TLSSocket} from 'node:tls'
import {describe, expect, test} from 'vitest'
import {selfSign} from '../../src/agent/api/certificate.ts'
import type {ApiCredentials} from '../../src/cluster/api.ts'
import {forwardPort} from '../../src/cluster/road-forward.ts'
import {openChannels, type Channels, type OpenOptions} from '../../src/cluster/road-websocket.ts'
import {acceptUpgrade, clientFrames, listen, serverFrame, type Listening} from './fake-servers.ts'

const protocol = 'v4.channel.k8s.io'
type Upgrade = (request: IncomingMessage, socket: Duplex) => void

async function server(upgrade: Upgrade, options: Parameters<typeof listen>[1] = {}): Promise<Listening> {
  const listening = await listen((_request, response) => response.writeHead(404).end(), options)
  listening.server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined)
    upgrade(request, socket)
  })
  return listening
}

function credentialsOf(listening: Listening): ApiCredentials {
  return {server: `https://127.0.0.1:${listening.port}`, ca: listening.authority}
}

interface Heard {
  readonly channels: Channels
  readonly messages: readonly [channel: number, data: Buffer][]
  /** How it ended. */
  readonly end: Promise<Error | undefined>
}

async function open(credentials: ApiCredentials, options: Partial<OpenOptions> = {}): Promise<Heard> {
  const messages: [number, Buffer][] = []
  const {promise: end, resolve: onEnd} = Promise.withResolvers<Error | undefined>()
  const onMessage = (channel: number, data: Buffer) => void messages.push([channel, data])
  const channels = await openChannels(
    credentials,
    {path: '/x?ports=1', protocols: [protocol], ...options},
    {onMessage, onEnd},
  )
  return {channels, messages, end}
}

/** Joins, and says these frames in one piece with the handshake, which is the earliest that a message can come. */
function says(...frames: readonly Buffer[]): Upgrade {
  return (request, socket) => {
    socket.cork()
    acceptUpgrade(request, socket, protocol)
    socket.write(Buffer.concat(frames))
    socket.uncork()
  }
}

const goodbye = serverFrame(8, Buffer.of(0x03, 0xe8))

describe('who we are, and who the API server is', () => {
  test('a path prefix is kept; the token, the protocols and the client certificate are shown', async () => {
    const client = selfSign('test', ['client'])
    const seen: unknown[] = []
    const shows: Upgrade = (request, socket) => {
      const peer = request.socket instanceof TLSSocket ? request.socket.getPeerX509Certificate()?.toString() : ''
      const {authorization, 'sec-websocket-protocol': asked, 'sec-websocket-extensions': extensions} = request.headers
      seen.push(request.url, authorization, asked, extensions, peer === client.cert)
      says(goodbye)(request, socket)
    }
    await using listening = await server(shows, {requestCert: true, rejectUnauthorized: false})
    const credentials = credentialsOf(listening)
    const {channels, end} = await open(
      {...credentials, server: `${credentials.server}/k8s/`, certificate: client, token: async () => 'secret'},
      {protocols: ['v5.channel.k8s.io', protocol]},
    )
    expect(await end).toBeUndefined()
    expect(channels.protocol).toBe(protocol)
    expect(seen).toEqual(['/k8s/x?ports=1', 'Bearer secret', `v5.channel.k8s.io,${protocol}`, undefined, true])
  })

  test('an unknown authority gets no token, unless the kubeconfig says so', async () => {
    let upgrades = 0
    await using listening = await server((request, socket) => {
      upgrades += 1
      says(goodbye)(request, socket)
    })
    const credentials = {...credentialsOf(listening), ca: undefined}
    await expect(open(credentials)).rejects.toMatchObject({
      code: 'API_UNREACHABLE',
      message: expect.stringMatching(/^\/x: .*certificate/u),
    })
    expect(upgrades).toBe(0)
    expect(await (await open({...credentials, insecure: true})).end).toBeUndefined()
  })

  test('its name may be another one than its address', async () => {
    await using listening = await server(says(goodbye))
    const credentials = credentialsOf(listening)
    await expect(open({...credentials, servername: 'elsewhere'})).rejects.toMatchObject({code: 'API_UNREACHABLE'})
    expect(await (await open({...credentials, servername: 'localhost'})).end).toBeUndefined()
  })

  test('nobody listens', async () => {
    await expect(open({server: 'https://127.0.0.1:1'})).rejects.toMatchObject({
      code: 'API_UNREACHABLE',
      message: expect.stringMatching(/ECONNREFUSED/u),
    })
  })
})

describe('a handshake that does not come to its end', () => {
  test.each<[string, Upgrade, Partial<OpenOptions>, object]>([
    ['silence', () => undefined, {timeout: 100}, {code: 'API_UNREACHABLE', message: '/x: no answer within 0.1 s'}],
    [
      'Ctrl-C',
      () => undefined,
      {signal: AbortSignal.timeout(100)},
      {code: 'API_UNREACHABLE', message: '/x: given up'},
    ],
    ['Ctrl-C before', () => undefined, {signal: AbortSignal.abort()}, {code: 'API_UNREACHABLE'}],
    [
      'an answer to another request',
      (request, socket) => {
        request.headers['sec-websocket-key'] = 'another'
        acceptUpgrade(request, socket, protocol)
      },
      {},
      {code: 'API_ANSWER', message: expect.stringMatching(/Accept/u)},
    ],
    [
      'a protocol that was not asked for',
      (request, socket) => acceptUpgrade(request, socket, 'mqtt'),
      {},
      {code: 'API_ANSWER', message: expect.stringMatching(/subprotocol/u)},
    ],
    [
      'a refusal without end',
      (_request, socket) => {
        socket.write('HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n')
        const more = setInterval(() => socket.write(`2710\r\n${'x'.repeat(10_000)}\r\n`), 1)
        socket.on('close', () => clearInterval(more))
      },
      {},
      {code: 'API_FORBIDDEN', message: `GET /x: ${'x'.repeat(200)}`},
    ],
    [
      'a refusal that stops half-way',
      (_request, socket) => void socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\n{"mess'),
      {timeout: 100},
      {code: 'API_UNREACHABLE', message: '/x: no answer within 0.1 s'},
    ],
    [
      'a way to somewhere else',
      (_request, socket) => void socket.end('HTTP/1.1 302 Found\r\nLocation: https://example.com/\r\n\r\n'),
      {},
      {code: 'API_ANSWER'},
    ],
  ])('%s', async (_name, upgrade, options, error) => {
    const closed = Promise.withResolvers<void>()
    await using listening = await server((request, socket) => {
      socket.on('close', () => closed.resolve()).resume()
      upgrade(request, socket)
    })
    await expect(open(credentialsOf(listening), options)).rejects.toMatchObject(error)
    if (options.signal?.reason?.name !== 'AbortError') await closed.promise
  })
})

describe('what a server may say, and what not', () => {
  test('a message in parts with a ping between, an empty one, and a long one', async () => {
    const long = Buffer.alloc(70_000, 'x')
    const answered = Promise.withResolvers<Buffer>()
    await using listening = await server((request, socket) => {
      socket.on(
        'data',
        clientFrames((opcode, payload) => opcode === 10 && answered.resolve(payload)),
      )
      says(
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
    await using listening = await server((request, socket) => {
      says(serverFrame(2, Buffer.of(0, 1)))(request, socket)
      setTimeout(() => request.socket.resetAndDestroy(), 50)
    })
    expect(await (await open(credentialsOf(listening))).end).toMatchObject({code: 'API_UNREACHABLE'})
  })

  test('a server that does not answer our goodbye is left', async () => {
    const closed = Promise.withResolvers<void>()
    await using listening = await server((request, socket) => {
      socket.on('close', () => closed.resolve()).resume()
      says()(request, socket)
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
  await using listening = await server(async (request, socket) => {
    acceptUpgrade(request, socket, protocol)
    socket.write(serverFrame(2, Buffer.of(0, 0, 1)))
    for (; written < pieces; written += 1) {
      if (socket.write(serverFrame(2, Buffer.alloc(32_768, written)))) continue
      await new Promise((resolve) => socket.once('drain', resolve))
    }
    socket.write(goodbye)
  })
  const stream = await forwardPort(credentialsOf(listening), {namespace: 'a', pod: 'b', port: 256})
  stream.read(0)
  await sleep(300)
  expect(written).toBeLessThan(pieces)
  expect(stream.readableLength).toBeLessThan(1 << 20)
  let size = 0
  for await (const chunk of stream) size += Buffer.from(chunk).length
  // The first byte of each message is its channel, which is 0 for one piece in 256.
  expect(size).toBe((pieces / 256) * 32_767)
})
