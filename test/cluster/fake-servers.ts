import {createHash} from 'node:crypto'
import {createServer, type Server, type ServerOptions} from 'node:https'
import type {IncomingMessage, ServerResponse} from 'node:http'
import {connect, type AddressInfo} from 'node:net'
import type {Duplex} from 'node:stream'
import {selfSign} from '../../src/agent/api/certificate.ts'

export interface Listening extends AsyncDisposable {
  readonly port: number
  /** PEM of the certificate that it shows, which signed itself. */
  readonly authority: string
  readonly server: Server
}

/** An HTTPS server on loopback with a certificate for localhost. */
export async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options: ServerOptions = {},
): Promise<Listening> {
  const certificate = selfSign('test', ['localhost', '127.0.0.1'])
  const server = createServer({...certificate, ...options}, answer)
  const sockets = new Set<Duplex>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: isAddress(address) ? address.port : 0,
    authority: certificate.cert,
    server,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}

/** What the API server and the kubelet do with a port-forward: bytes of channel 0 to and from a TCP port. */
export function forwardTo(port: number | 'refused' | 'silent', upgrades: string[] = []) {
  return (request: IncomingMessage, socket: Duplex): void => {
    upgrades.push(request.url ?? '')
    socket.on('error', () => undefined)
    if (port === 'silent') return
    acceptUpgrade(request, socket, 'v4.channel.k8s.io')
    // Both channels begin with the port number, as the kubelet sends it.
    for (const channel of [0, 1]) socket.write(serverFrame(2, Buffer.of(channel, 0x28, 0x6e)))
    if (port === 'refused') {
      socket.write(
        serverFrame(
          2,
          Buffer.concat([Buffer.of(1), Buffer.from('dial tcp4 127.0.0.1:10350: connect: connection refused')]),
        ),
      )
      socket.end(serverFrame(8, Buffer.of(0x03, 0xe8)))
      return
    }
    const target = connect(port, '127.0.0.1')
    target.on('error', () => socket.destroy())
    // In two frames each, and with a ping between: what a server may do, a client must take.
    target.on('data', (data) => {
      socket.write(serverFrame(9, Buffer.from('still there?')))
      const middle = data.length >> 1
      socket.write(serverFrame(2, Buffer.concat([Buffer.of(0), data.subarray(0, middle)]), {final: false}))
      socket.write(serverFrame(0, data.subarray(middle)))
    })
    target.on('close', () => socket.end(serverFrame(8, Buffer.of(0x03, 0xe8))))
    const read = clientFrames((opcode, payload) => {
      if (opcode === 2 && payload[0] === 0) target.write(payload.subarray(1))
      if (opcode === 8) target.end()
    })
    socket.on('data', read)
    socket.on('close', () => target.destroy())
  }
}

/** The server's half of the handshake. */
export function acceptUpgrade(request: IncomingMessage, socket: Duplex, protocol: string): void {
  const key = `${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}`,
    `Sec-WebSocket-Protocol: ${protocol}`,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
}

export function serverFrame(opcode: number, payload: Buffer, {final = true} = {}): Buffer {
  const first = (final ? 0x80 : 0) | opcode
  if (payload.length < 126) return Buffer.concat([Buffer.of(first, payload.length), payload])
  const length = Buffer.alloc(payload.length < 0x1_0000 ? 2 : 8)
  if (length.length === 2) length.writeUInt16BE(payload.length)
  else length.writeBigUInt64BE(BigInt(payload.length))
  return Buffer.concat([Buffer.of(first, length.length === 2 ? 126 : 127), length, payload])
}

/** Masked frames of a client, taken apart. */
export function clientFrames(onFrame: (opcode: number, payload: Buffer) => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    for (;;) {
      const short = (rest[1] ?? 0) & 0x7f
      const header = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0)
      if (rest.length < header + 4) return
      const length = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short
      if (rest.length < header + 4 + length) return
      const mask = rest.subarray(header, header + 4)
      const payload = Buffer.from(
        rest.subarray(header + 4, header + 4 + length).map((byte, at) => byte ^ (mask[at & 3] ?? 0)),
      )
      const opcode = (rest[0] ?? 0) & 0x0f
      rest = rest.subarray(header + 4 + length)
      onFrame(opcode, payload)
    }
  }
}
