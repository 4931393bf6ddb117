import {TLSSocket} from 'node:tls'
import {describe, expect, test} from 'vitest'
import {selfSign} from '../../src/agent/api/certificate.ts'
import type {OpenOptions} from '../../src/cluster/road-websocket.ts'
import {credentialsOf, goodbye, open, protocol, says, server, type Upgrade} from './fake-channels.ts'
import {acceptUpgrade} from './fake-servers.ts'

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
    await closed.promise
  })

  test('Ctrl-C', async () => {
    const interrupt = new AbortController()
    await using listening = await server(() => interrupt.abort())
    const options = {signal: interrupt.signal}
    const givenUp = {code: 'API_UNREACHABLE', message: '/x: given up'}
    await expect(open(credentialsOf(listening), options)).rejects.toMatchObject(givenUp)
    await expect(open(credentialsOf(listening), options)).rejects.toMatchObject(givenUp)
  })
})
