/** What Pods of the datapath tests run: `receive PORT` or `udp|tcp|knock|mixed ADDRESS PORT COUNT`. The last line is the result. */
import {createSocket} from 'node:dgram'
import {connect, createServer} from 'node:net'
import {once} from 'node:events'
import {setTimeout as sleep} from 'node:timers/promises'

const [role, ...rest] = process.argv.slice(2)
const roles: Readonly<Record<string, (address: string, port: number, count: number) => Promise<object>>> = {
  udp: sendDatagrams,
  tcp: sendStream,
  knock,
  mixed,
}
if (role === 'receive') await receive(Number(rest[0]))
else say((await roles[role ?? '']?.(rest[0] ?? '', Number(rest[1]), Number(rest[2]))) ?? {})

/** Echoes datagrams and streams until it is killed. */
async function receive(port: number): Promise<void> {
  const socket = createSocket({type: 'udp4', recvBufferSize: 4_194_304})
  socket.on('message', (data, {address, port: from}) => socket.send(data, from, address))
  socket.bind(port)
  const server = createServer((stream) => stream.pipe(stream).on('error', () => stream.destroy()))
  server.listen(port)
  await Promise.all([once(socket, 'listening'), once(server, 'listening')])
  say({listening: true})
}

/** `count` numbered datagrams, one a millisecond; each is expected back once. */
async function sendDatagrams(address: string, port: number, count: number): Promise<object> {
  const socket = createSocket({type: 'udp4', recvBufferSize: 4_194_304})
  const back = new Uint8Array(count)
  socket.on('message', (data) => {
    const number = data.readUInt32BE(0)
    back[number] = (back[number] ?? 0) + 1
  })
  socket.connect(port, address)
  await once(socket, 'connect')
  const start = performance.now()
  for (let number = 0; number < count; number++) {
    const payload = Buffer.alloc(64)
    payload.writeUInt32BE(number)
    socket.send(payload)
    // A late timer is made up for: the rate holds over time.
    while (performance.now() - start < number) await sleep(1)
  }
  await sleep(500)
  socket.close()
  const lost = [...back.keys()].filter((number) => back[number] === 0)
  const twice = back.filter((times) => times > 1).length
  return {sent: count, lost: lost.length, first: lost[0] ?? null, last: lost.at(-1) ?? null, twice}
}

/** `size` octets there and back. */
async function sendStream(address: string, port: number, size: number): Promise<object> {
  const stream = connect({port, host: address})
  stream.setTimeout(10_000, () => stream.destroy(new Error('no answer within 10 s')))
  await once(stream, 'connect')
  let back = 0
  stream.end(Buffer.alloc(size, 'x'))
  for await (const chunk of stream) back += Buffer.from(chunk).length
  return {sent: size, back}
}

/** One connection for `count` hundredths of a second: a word each, and the longest silence of the other end. */
async function talk(address: string, port: number, count: number): Promise<object> {
  const stream = connect({port, host: address, noDelay: true})
  await once(stream, 'connect')
  let [heard, last, silence] = [0, performance.now(), 0]
  stream.on('data', (data: Buffer) => {
    heard += data.length
    silence = Math.max(silence, performance.now() - last)
    last = performance.now()
  })
  for (let word = 0; word < count; word++) {
    stream.write('x')
    await sleep(10)
  }
  // The other end hangs up once it has echoed all; it gets three seconds for it.
  stream.end()
  await once(stream, 'close', {signal: AbortSignal.timeout(3_000)}).catch(() => stream.destroy())
  return {sent: count, heard, silence: Math.round(Math.max(silence, performance.now() - last))}
}

/** `count` short connections, one after the other: how many never heard their word, and the longest that one waited. */
async function knock(address: string, port: number, count: number): Promise<object> {
  const faults: string[] = []
  let slowest = 0
  for (let at = 0; at < count; at++) {
    const start = performance.now()
    const stream = connect({port, host: address})
    stream.write('x')
    await once(stream, 'data', {signal: AbortSignal.timeout(3_000)}).catch((error) => faults.push(String(error)))
    slowest = Math.max(slowest, performance.now() - start)
    stream.destroy()
    await sleep(10)
  }
  return {sent: count, failed: faults.length, slowest: Math.round(slowest), faults}
}

/** `count` milliseconds of all three at once. */
async function mixed(address: string, port: number, count: number): Promise<object> {
  const [udp, long, short] = await Promise.all([
    sendDatagrams(address, port, count),
    talk(address, port, Math.round(count / 12)),
    knock(address, port, Math.round(count / 25)),
  ])
  return {udp, long, short}
}

function say(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
