import {createServer, connect, type AddressInfo, type Server, type Socket} from 'node:net'
import {describe, expect, test} from 'vitest'
import {openApiServer} from '../../src/cluster/api.ts'
import {proxyFor} from '../../src/cluster/proxy-choice.ts'
import {openChannels} from '../../src/cluster/road-websocket.ts'
import {acceptUpgrade, listen} from './fake-servers.ts'

const server = new URL('https://api.example.com:6443')

describe('which proxy, as kubectl chooses', () => {
  test.each([
    ['the kubeconfig before all', 'http://a:1', {HTTPS_PROXY: 'http://b:2', NO_PROXY: '*'}, 'http://a:1/'],
    ['the environment', undefined, {HTTPS_PROXY: 'http://b:2'}, 'http://b:2/'],
    ['without a scheme', undefined, {https_proxy: 'b:2'}, 'http://b:2/'],
    ['SOCKS', 'socks5://a:1', {}, 'socks5://a:1'],
    ['none', undefined, {}, undefined],
    ['a name that is exempt', undefined, {HTTPS_PROXY: 'http://b:2', NO_PROXY: 'example.com'}, undefined],
    ['a subdomain', undefined, {HTTPS_PROXY: 'http://b:2', NO_PROXY: 'x, .example.com'}, undefined],
    ['another port', undefined, {HTTPS_PROXY: 'http://b:2', NO_PROXY: 'api.example.com:443'}, 'http://b:2/'],
    ['its port', undefined, {HTTPS_PROXY: 'http://b:2', NO_PROXY: 'api.example.com:6443'}, undefined],
    ['a name that only ends alike', undefined, {HTTPS_PROXY: 'http://b:2', NO_PROXY: 'ple.com'}, 'http://b:2/'],
  ])('%s', (_what, proxyUrl, environment, chosen) => {
    expect(proxyFor(server, proxyUrl, environment)?.href).toBe(chosen)
  })
  test.each([
    ['https://10.1.2.3:6443', '10.0.0.0/8', undefined],
    ['https://11.1.2.3:6443', '10.0.0.0/8', 'http://b:2/'],
    ['https://[fd00::1]:6443', 'fd00::/8', undefined],
    ['https://10.1.2.3:6443', '10.0.0.0/99', 'http://b:2/'],
    ['https://localhost:6443', '', undefined],
    ['https://127.0.0.1:6443', '', undefined],
  ])('%s where NO_PROXY is %j', (address, list, chosen) => {
    const environment = {HTTPS_PROXY: 'http://b:2', NO_PROXY: list}
    expect(proxyFor(new URL(address), undefined, environment)?.href).toBe(chosen)
  })
  test.each(['ftp://a:1', 'no address'])('%s is refused', (proxyUrl) => {
    expect(() => proxyFor(server, proxyUrl, {})).toThrow(/not an http, https or socks5 address/u)
  })
})

describe('through a proxy', () => {
  test.each([
    ['HTTP', 'http', httpProxy],
    ['SOCKS 5', 'socks5', socksProxy],
  ] as const)('%s: requests and WebSockets, with a name and a password', async (_what, scheme, makeProxy) => {
    await using api = await listen((_request, response) => response.end('{"ok":true}'))
    api.server.on('upgrade', (request, socket) => acceptUpgrade(request, socket, 'v4.channel.k8s.io'))
    const seen: string[] = []
    await using proxy = await start(makeProxy(seen))
    const credentials = {
      server: `https://localhost:${api.port}`,
      ca: api.authority,
      proxyUrl: `${scheme}://ann:s%20cret@127.0.0.1:${proxy.port}`,
    }
    const opened = openApiServer(credentials)
    expect(await opened.get('/x')).toEqual({ok: true})
    opened.close()
    const events = {onMessage: () => undefined, onEnd: () => undefined}
    const channels = await openChannels(credentials, {path: '/y', protocols: ['v4.channel.k8s.io']}, events)
    channels.close()
    expect(seen).toEqual(Array(2).fill(`ann:s cret localhost:${api.port}`))
  })

  test.each([
    ['refuses', (socket: Socket) => socket.end('HTTP/1.1 407 Who are you\r\n\r\n'), /407 Who are you/u],
    ['closes', (socket: Socket) => socket.end(), /closed the connection/u],
    ['never comes to an end', (socket: Socket) => socket.write('x'.repeat(100_000)), /says too much/u],
  ])('one that %s is named', async (_what, answer, sentence) => {
    await using proxy = await start(
      createServer((socket) => {
        socket.on('error', () => undefined)
        socket.once('data', () => answer(socket))
      }),
    )
    const api = openApiServer({server: 'https://localhost:1', proxyUrl: `http://127.0.0.1:${proxy.port}`})
    await expect(api.get('/x')).rejects.toThrow(
      expect.objectContaining({code: 'API_UNREACHABLE', message: expect.stringMatching(sentence)}),
    )
    api.close()
  })

  test('one that is not there is named', async () => {
    const api = openApiServer({server: 'https://localhost:1', proxyUrl: 'socks5://127.0.0.1:1'})
    await expect(api.get('/x')).rejects.toThrow(/proxy 127\.0\.0\.1:1 cannot be reached/u)
    api.close()
  })
})

async function start(proxy: Server): Promise<AsyncDisposable & {readonly port: number}> {
  const sockets = new Set<Socket>()
  proxy.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address: AddressInfo | string | null = proxy.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}

function join(client: Socket, port: number, greeting: string | Buffer): void {
  const target = connect(port, '127.0.0.1', () => {
    client.write(greeting)
    client.pipe(target).pipe(client)
  })
  for (const socket of [client, target]) socket.on('error', () => [client, target].forEach((one) => one.destroy()))
}

function httpProxy(seen: string[]): Server {
  return createServer((client) => {
    client.once('data', (data) => {
      const [, place = '', word = ''] =
        /^CONNECT (\S+) HTTP\/1\.1\r\n[^]*Proxy-Authorization: Basic (\S+)\r\n/u.exec(String(data)) ?? []
      seen.push(`${Buffer.from(word, 'base64').toString()} ${place}`)
      join(client, Number(place.split(':')[1]), 'HTTP/1.1 200 Go on\r\nX: y\r\n\r\n')
    })
  })
}

function socksProxy(seen: string[]): Server {
  return createServer((client) => {
    client.once('data', () => {
      client.write(Buffer.of(5, 2))
      client.once('data', (login) => {
        const name = login.subarray(2, 2 + (login[1] ?? 0))
        const word = login.subarray(3 + name.length)
        client.write(Buffer.of(1, 0))
        client.once('data', (request) => {
          const host = request.subarray(5, 5 + (request[4] ?? 0))
          const port = request.readUInt16BE(5 + host.length)
          seen.push(`${name.toString()}:${word.toString()} ${host.toString()}:${port}`)
          join(client, port, Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 80))
        })
      })
    })
  })
}
