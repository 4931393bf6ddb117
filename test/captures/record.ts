/**
 * Records what real Open vSwitch says on the wire: `sh scripts/node.sh test/captures/record.ts`. A relay stands between
 * ovs-ofctl and a private ovs-vswitchd; each message becomes one line of hex. flows.txt is what is sent.
 */
import {appendFile, readFile, writeFile} from 'node:fs/promises'
import {createConnection, createServer, type Socket} from 'node:net'
import {join} from 'node:path'
import {execa} from 'execa'
import {startOpenvSwitch} from '../datapath/open-vswitch.ts'

const here = import.meta.dirname
await using ovs = await startOpenvSwitch()
const relay = join(ovs.runDir, 'relay.sock')
let [toSwitch, toController] = [Buffer.alloc(0), Buffer.alloc(0)]
const server = createServer((client: Socket) => {
  const upstream = createConnection(ovs.openflowSocket)
  client.on('data', (chunk) => {
    toSwitch = Buffer.concat([toSwitch, chunk])
    upstream.write(chunk)
  })
  upstream.on('data', (chunk) => {
    toController = Buffer.concat([toController, chunk])
    client.write(chunk)
  })
  client.on('close', () => upstream.destroy())
  client.on('error', () => upstream.destroy())
  upstream.on('error', () => client.destroy())
})
await new Promise<void>((resolve) => server.listen(relay, resolve))

await record('bundle', ['--bundle', 'add-flows', `unix:${relay}`, join(here, 'flows.txt')])
await record('dump', ['dump-flows', `unix:${relay}`])
await record('ports', ['dump-ports-desc', `unix:${relay}`])
await writeFile(join(here, 'dump.flows'), await ovs.ofctl('dump-flows', '--no-stats'))
server.close()

async function record(name: string, args: readonly string[]): Promise<void> {
  ;[toSwitch, toController] = [Buffer.alloc(0), Buffer.alloc(0)]
  await execa('ovs-ofctl', ['-O', 'OpenFlow15', '--no-names', ...args])
  const file = join(here, `${name}.hex`)
  await writeFile(file, '')
  for (const [direction, bytes] of [['>', toSwitch], ['<', toController]] as const) {
    await appendFile(file, messages(bytes).map((message) => `${direction} ${message}\n`).join(''))
  }
  process.stdout.write(`${name}: ${(await readFile(file, 'utf8')).split('\n').length - 1} messages\n`)
}

function messages(bytes: Buffer): string[] {
  const found: string[] = []
  for (let at = 0; at < bytes.length; at += bytes.readUInt16BE(at + 2)) {
    found.push(bytes.toString('hex', at, at + bytes.readUInt16BE(at + 2)))
  }
  return found
}
