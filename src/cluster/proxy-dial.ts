import {connect, isIP, type Socket} from 'node:net'
import {connect as connectTls} from 'node:tls'
import {AntctlError, sentenceOf} from '../model/errors.ts'
import {authorities} from './authorities.ts'

/** Where the proxy is to lead. */
export interface Through {
  readonly host: string
  readonly port: number
}

/** Milliseconds for the proxy's part. */
const patience = 10_000
/** Bytes; a proxy that says more before it lets us through is none. */
const longest = 16_384

/** A connection to the target through an HTTP proxy (CONNECT) or SOCKS 5. */
export async function dialThrough(proxy: URL, target: Through): Promise<Socket> {
  const socket = await reach(proxy)
  try {
    socket.setTimeout(patience, () => socket.destroy(new Error(`no answer within ${patience / 1000} s`)))
    const reader = openReader(socket)
    if (proxy.protocol.startsWith('socks5')) await socks(socket, reader, {proxy, target})
    else await tunnel(socket, reader, {proxy, target})
    reader.release()
    socket.setTimeout(0)
    return socket
  } catch (cause) {
    socket.destroy()
    throw new AntctlError('API_UNREACHABLE', `the proxy ${proxy.host} did not let us through: ${sentenceOf(cause)}`, {
      remedy: ['check proxy-url of the kubeconfig, or HTTPS_PROXY and NO_PROXY'],
      cause,
    })
  }
}

async function reach(proxy: URL): Promise<Socket> {
  const isSecure = proxy.protocol === 'https:'
  const host = proxy.hostname.replace(/^\[(.*)\]$/u, '$1')
  const usual = isSecure ? 443 : proxy.protocol === 'http:' ? 80 : 1080
  const port = proxy.port === '' ? usual : Number(proxy.port)
  const {promise, resolve, reject} = Promise.withResolvers<Socket>()
  const socket = isSecure
    ? connectTls({host, port, servername: isIP(host) === 0 ? host : '', ca: authorities(undefined)})
    : connect(port, host)
  socket.once(isSecure ? 'secureConnect' : 'connect', () => resolve(socket))
  socket.once('error', reject)
  socket.setTimeout(patience, () => reject(new Error('it does not answer')))
  try {
    return await promise
  } catch (cause) {
    socket.destroy()
    throw new AntctlError('API_UNREACHABLE', `the proxy ${proxy.host} cannot be reached: ${sentenceOf(cause)}`, {cause})
  } finally {
    socket.removeListener('error', reject)
    socket.removeAllListeners('timeout')
  }
}

interface Talk {
  readonly proxy: URL
  readonly target: Through
}

/** RFC 9110 §9.3.6. */
async function tunnel(socket: Socket, reader: Reader, {proxy, target: {host, port}}: Talk): Promise<void> {
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const {username, password} = proxy
  const pair = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  const lines = [
    `CONNECT ${place} HTTP/1.1`,
    `Host: ${place}`,
    ...(username === '' ? [] : [`Proxy-Authorization: Basic ${pair}`]),
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const [status = ''] = (await reader.until('\r\n\r\n')).split('\r\n')
  if (!/^HTTP\/1\.[01] 2\d\d(?: |$)/u.test(status)) throw new Error(status.slice(0, 200) || 'it said nothing')
}

const greeting = {version: 5, none: 0, password: 2} as const
const replies = [
  '',
  'it failed',
  'it is not allowed',
  'the network cannot be reached',
  'the host cannot be reached',
  'the connection was refused',
  'time is over',
  'it knows no such command',
  'it knows no such address',
]

/** RFC 1928, and RFC 1929 for a name with a password. The name is resolved by the proxy. */
async function socks(socket: Socket, reader: Reader, {proxy, target: {host, port}}: Talk): Promise<void> {
  const {version, none, password} = greeting
  const methods = proxy.username === '' ? [none] : [none, password]
  socket.write(Buffer.from([version, methods.length, ...methods]))
  const [said, method] = await reader.bytes(2)
  if (said !== version || method === undefined || !methods.some((one) => one === method))
    throw new Error('it takes none of our ways to log in')
  if (method === password) {
    const [name, word] = [proxy.username, proxy.password].map((text) => Buffer.from(decodeURIComponent(text)))
    if (name === undefined || word === undefined || name.length > 255 || word.length > 255)
      throw new Error('name or password is too long')
    socket.write(Buffer.concat([Buffer.of(1, name.length), name, Buffer.of(word.length), word]))
    const [, status] = await reader.bytes(2)
    if (status !== 0) throw new Error('it refuses name and password')
  }
  socket.write(Buffer.concat([Buffer.of(version, 1, 0), socksAddress(host), Buffer.of(port >> 8, port & 255)]))
  const [, reply = 1, , kind] = await reader.bytes(4)
  if (reply !== 0) throw new Error(replies[reply] ?? `it answers ${reply}`)
  const length = kind === 1 ? 4 : kind === 4 ? 16 : ((await reader.bytes(1))[0] ?? 0)
  await reader.bytes(length + 2)
}

function socksAddress(host: string): Buffer {
  if (isIP(host) === 4) return Buffer.from([1, ...host.split('.').map(Number)])
  const name = Buffer.from(host)
  if (name.length > 255) throw new Error('the name of the server is too long')
  return Buffer.concat([Buffer.of(3, name.length), name])
}

interface Reader {
  bytes(count: number): Promise<Buffer>
  until(end: string): Promise<string>
  /** What came too early belongs to who reads next. */
  release(): void
}

function openReader(socket: Socket): Reader {
  let [held, ended]: [Buffer, Error | undefined] = [Buffer.alloc(0), undefined]
  let wake = () => {}
  const onData = (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    wake()
  }
  const onEnd = (cause?: Error) => {
    ended = cause ?? new Error('it closed the connection')
    wake()
  }
  socket.on('data', onData)
  socket.on('error', onEnd)
  socket.on('close', () => onEnd())
  const take = async (measure: () => number | undefined): Promise<Buffer> => {
    for (;;) {
      const count = measure()
      if (count !== undefined) {
        const taken = held.subarray(0, count)
        held = held.subarray(count)
        return taken
      }
      if (ended !== undefined) throw ended
      if (held.length > longest) throw new Error('it says too much')
      const {promise, resolve} = Promise.withResolvers<void>()
      wake = resolve
      await promise
    }
  }
  return {
    bytes: (count) => take(() => (held.length < count ? undefined : count)),
    until: async (end) => {
      const found = await take(() => {
        const at = held.indexOf(end)
        return at === -1 ? undefined : at + end.length
      })
      return found.toString('latin1')
    },
    release: () => {
      socket.pause()
      socket.off('data', onData)
      socket.off('error', onEnd)
      if (held.length > 0) socket.unshift(held)
    },
  }
}
