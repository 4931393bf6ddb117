/**
 * What Pods of the datapath tests run: `receive PORT`, `udp|tcp|knock ADDRESS PORT COUNT`, or `mixed|steady|large|bulk|ask ADDRESS PORT`,
 * which end with their standard input. The last line is the result.
 */
import {createSocket} from 'node:dgram'
import {connect, createServer} from 'node:net'
import {once} from 'node:events'
import {setTimeout as sleep} from 'node:timers/promises'
import {patience} from './patience.ts'

/** Milliseconds from one packet, word or knock to the next; an emulated processor carries the fewer. */
const pace = {packet: patience, word: 10 * patience, knock: 10 * patience} as const
/** How long an answer may take (ms). */
const longest = 3_000 * patience
/** More packets than any sender has time for. */
const room = 1_000_000
const ended = {already: false}

const [role, ...rest] = process.argv.slice(2)
const roles: Readonly<Record<string, (address: string, port: number, count: number) => Promise<object>>> = {
  udp: sendDatagrams,
  tcp: sendStream,
  knock,
  mixed,
  steady,
  large,
  bulk,
  ask,
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

/** At most `count` numbered datagrams, one a millisecond; each is expected back once. */
async function sendDatagrams(address: string, port: number, count: number, octets = 64): Promise<object> {
  const socket = createSocket({type: 'udp4', recvBufferSize: 4_194_304})
  const back = new Uint8Array(count)
  socket.on('message', (data) => {
    const number = data.readUInt32BE(0)
    back[number] = (back[number] ?? 0) + 1
  })
  socket.connect(port, address)
  await once(socket, 'connect')
  const start = performance.now()
  let sent = 0
  for (; sent < count && !ended.already; sent++) {
    const payload = Buffer.alloc(octets)
    payload.writeUInt32BE(sent)
    socket.send(payload)
    // A late timer is made up for: the rate holds over time.
    while (performance.now() - start < sent * pace.packet) await sleep(1)
  }
  await sleep(500 * Math.min(patience, 10))
  socket.close()
  const lost = [...back.subarray(0, sent).keys()].filter((number) => back[number] === 0)
  const twice = back.filter((times) => times > 1).length
  return {sent, lost: lost.length, first: lost[0] ?? null, last: lost.at(-1) ?? null, twice}
}

/** `size` octets there and back. */
async function sendStream(address: string, port: number, size: number): Promise<object> {
  const stream = connect({port, host: address})
  stream.setTimeout(longest, () => stream.destroy(new Error(`no answer within ${longest} ms`)))
  await once(stream, 'connect')
  let back = 0
  stream.end(Buffer.alloc(size, 'x'))
  for await (const chunk of stream) back += Buffer.from(chunk).length
  return {sent: size, back}
}

/** One connection: a word each hundredth of a second, and the longest silence of the other end. */
async function talk(address: string, port: number): Promise<object> {
  const stream = connect({port, host: address, noDelay: true})
  await once(stream, 'connect')
  let [heard, last, silence] = [0, performance.now(), 0]
  stream.on('data', (data: Buffer) => {
    heard += data.length
    silence = Math.max(silence, performance.now() - last)
    last = performance.now()
  })
  let sent = 0
  for (; !ended.already; sent++) {
    stream.write('x')
    await sleep(pace.word)
  }
  // The other end hangs up once it has echoed all; it gets three seconds for it.
  stream.end()
  await once(stream, 'close', {signal: AbortSignal.timeout(longest)}).catch(() => stream.destroy())
  return {sent, heard, silence: Math.round(Math.max(silence, performance.now() - last))}
}

/** One connection that is kept full, 3 MB a second at most, and all of it back. */
async function pour(address: string, port: number): Promise<object> {
  const stream = connect({port, host: address})
  await once(stream, 'connect')
  let [heard, last, silence, sent] = [0, performance.now(), 0, 0]
  stream.on('data', (data: Buffer) => {
    heard += data.length
    silence = Math.max(silence, performance.now() - last)
    last = performance.now()
  })
  for (; !ended.already; await sleep(pace.word)) {
    if (stream.writableNeedDrain) continue
    stream.write(Buffer.alloc(32_768, 'x'))
    sent += 32_768
  }
  stream.end()
  await once(stream, 'close', {signal: AbortSignal.timeout(longest)}).catch(() => stream.destroy())
  return {sent, heard, silence: Math.round(silence)}
}

/** At most `count` short connections, one after the other: how many never heard their word, and the longest that one waited. */
async function knock(address: string, port: number, count: number): Promise<object> {
  const faults: string[] = []
  let slowest = 0
  let sent = 0
  for (; sent < count && !ended.already; sent++) {
    const start = performance.now()
    const stream = connect({port, host: address})
    stream.write('x')
    await once(stream, 'data', {signal: AbortSignal.timeout(longest)}).catch((error) => faults.push(String(error)))
    slowest = Math.max(slowest, performance.now() - start)
    stream.destroy()
    await sleep(pace.knock)
  }
  return {sent, failed: faults.length, slowest: Math.round(slowest), faults}
}

/** A question by UDP each hundredth of a second, each from a port of its own, as of DNS, until standard input ends. */
async function ask(address: string, port: number): Promise<object> {
  process.stdin.resume().once('end', () => (ended.already = true))
  say({started: true})
  const answers: Promise<boolean>[] = []
  for (; !ended.already; await sleep(pace.knock)) answers.push(isAnswered(address, port))
  const lost = (await Promise.all(answers)).filter((answered) => !answered)
  return {sent: answers.length, lost: lost.length}
}

async function isAnswered(address: string, port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  try {
    socket.connect(port, address)
    await once(socket, 'connect')
    socket.send('?')
    await once(socket, 'message', {signal: AbortSignal.timeout(longest)})
    return true
  } catch {
    return false
  } finally {
    socket.close()
  }
}

/** All three at once, until standard input ends. */
async function mixed(address: string, port: number): Promise<object> {
  process.stdin.resume().once('end', () => (ended.already = true))
  say({started: true})
  const [udp, long, short] = await Promise.all([
    sendDatagrams(address, port, room),
    talk(address, port),
    knock(address, port, room),
  ])
  return {udp, long, short}
}

/** Small datagrams, until standard input ends. */
async function steady(address: string, port: number): Promise<object> {
  process.stdin.resume().once('end', () => (ended.already = true))
  say({started: true})
  return sendDatagrams(address, port, room)
}

/** Datagrams of 1 400 octets, until standard input ends. */
async function large(address: string, port: number): Promise<object> {
  process.stdin.resume().once('end', () => (ended.already = true))
  say({started: true})
  return sendDatagrams(address, port, room, 1_400)
}

/** A stream that is kept full, until standard input ends. */
async function bulk(address: string, port: number): Promise<object> {
  process.stdin.resume().once('end', () => (ended.already = true))
  say({started: true})
  return pour(address, port)
}

function say(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
