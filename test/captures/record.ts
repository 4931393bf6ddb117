/**
 * Records what real Open vSwitch says on the wire: `sh scripts/node.sh test/captures/record.ts`. A relay stands between
 * ovs-ofctl and a private ovs-vswitchd; each message becomes one line of hex. flows.txt is what is sent.
 */
import {appendFile, readFile, writeFile} from 'node:fs/promises'
import {createConnection, createServer, type Socket} from 'node:net'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {execa} from 'execa'
import {readCapture} from '../openflow/capture.ts'
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

for (const line of readCapture('groups.txt')) await ovs.ofctl('add-group', line)
for (const line of readCapture('meters.txt')) await ovs.ofctl('add-meter', line)
await record('bundle', ['--bundle', 'add-flows', `unix:${relay}`, join(here, 'flows.txt')])
await record('dump', ['dump-flows', `unix:${relay}`])
await record('ports', ['dump-ports-desc', `unix:${relay}`])
await writeFile(join(here, 'dump.flows'), await ovs.ofctl('dump-flows', '--no-stats'))
await recordWhile('watch', ['monitor', `unix:${relay}`, 'watch:!initial'], async () => {
  await ovs.ofctl('add-flow', 'cookie=7,table=60,priority=7,ip,nw_dst=10.1.2.0/24,actions=dec_ttl,goto_table:61')
  await ovs.ofctl('mod-flows', 'table=60,ip,nw_dst=10.1.2.0/24,actions=NORMAL')
  await ovs.ofctl('del-flows', 'table=60')
})
server.close()

async function record(name: string, args: readonly string[]): Promise<void> {
  ;[toSwitch, toController] = [Buffer.alloc(0), Buffer.alloc(0)]
  await execa('ovs-ofctl', ['-O', 'OpenFlow15', '--no-names', ...args])
  await write(name)
}

/** For a command that does not end by itself: it is there while `meanwhile` runs. */
async function recordWhile(name: string, args: readonly string[], meanwhile: () => Promise<void>): Promise<void> {
  ;[toSwitch, toController] = [Buffer.alloc(0), Buffer.alloc(0)]
  const env = {OVS_RUNDIR: ovs.runDir}
  const command = execa('ovs-ofctl', ['-O', 'OpenFlow15', '--no-names', ...args], {env, reject: false})
  await setTimeout(1000)
  await meanwhile()
  await setTimeout(500)
  command.kill()
  await command
  await write(name)
}

async function write(name: string): Promise<void> {
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
