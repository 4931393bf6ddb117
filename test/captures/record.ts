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
import {ensurePort, removePort} from '../../src/datapath/ovsdb/switch.ts'
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
for (const kind of ['groups', 'group-stats', 'group-features', 'meters', 'aggregate', 'tables', 'desc'] as const) {
  await record(kind, [`dump-${kind}`, `unix:${relay}`])
}
await record('meter-stats', ['meter-stats', `unix:${relay}`])
await record('meter-features', ['meter-features', `unix:${relay}`])
await record('port-stats', ['dump-ports', `unix:${relay}`])
await record('show', ['show', `unix:${relay}`])
await recordAll('group-mods', [
  ...readCapture('groups.txt').map((line) => ['mod-group', line.replace('group_id=', 'group_id=10')]),
  ['insert-buckets', 'group_id=4,command_bucket_id=last,bucket=bucket_id:7,actions=output:2'],
  ['remove-buckets', 'group_id=4,command_bucket_id=7'],
  ['del-groups', 'group_id=6'],
])
await recordAll('meter-mods', [
  ...readCapture('meters.txt').map((line) => ['add-meter', line.replace('meter=', 'meter=10')]),
  ['mod-meter', 'meter=105 pktps stats bands=type=drop rate=9'],
  ['del-meter', 'meter=105'],
])
const packet = '0a580af401020a580af4010308004500001c0001000040110000c0a80001c0a80002003500350008000a'
await recordAll('packet-outs', [
  ['packet-out', `in_port=1,packet=${packet},actions=output:2,controller`],
  ['packet-out', `in_port=LOCAL,reg0=5,tun_id=7,packet=${packet},actions=table`],
])
for (const [name, format] of [
  ['packet-ins', 'standard'],
  ['packet-ins-2', 'nxt_packet_in2'],
] as const) {
  await recordWhile(name, ['monitor', `unix:${relay}`, '65535', '-P', format], async () => {
    await ovs.ofctl('add-flow', 'cookie=0x77,in_port=1,priority=60000,actions=set_field:5->reg0,controller(userdata=01.02.03)')
    await ovs.ofctl('add-flow', 'cookie=0x78,in_port=2,priority=60000,actions=controller(pause),output:3')
    for (const port of [1, 2]) await ovs.ofctl('packet-out', `in_port=${port},packet=${packet},actions=table`)
    await ovs.ofctl('add-flow', 'cookie=9,table=9,priority=1,send_flow_rem,ip,actions=drop')
    await ovs.ofctl('del-flows', 'table=9')
    await ensurePort(ovs.ovsdb, 'br-int', {name, type: 'dummy', ofportRequest: 20})
    await removePort(ovs.ovsdb, 'br-int', name)
    await setTimeout(500)
  })
}
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

/** Several commands in one recording; a group or meter that is not there yet is made. */
async function recordAll(name: string, commands: readonly (readonly string[])[]): Promise<void> {
  ;[toSwitch, toController] = [Buffer.alloc(0), Buffer.alloc(0)]
  for (const [command = '', ...args] of commands) {
    await execa('ovs-ofctl', ['-O', 'OpenFlow15', '--no-names', '--may-create', command, `unix:${relay}`, ...args])
  }
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
