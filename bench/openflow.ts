/**
 * One bundle of 100 000 flows, by us and by `ovs-ofctl --bundle add-flows`, in turns on the same switch:
 * `sh scripts/node.sh bench/openflow.ts [FLOWS]`. Trust the ratio, not the times.
 */
import {writeFile} from 'node:fs/promises'
import {cpus} from 'node:os'
import {join} from 'node:path'
import {execa} from 'execa'
import {connectOpenFlow} from '../src/datapath/openflow/connection.ts'
import type {Flow} from '../src/datapath/openflow/flow.ts'
import {printFlow} from '../src/datapath/openflow/text.ts'
import {connectControl} from '../src/datapath/ovsdb/control.ts'
import {startOpenvSwitch} from '../test/datapath/open-vswitch.ts'

const rounds = 5
const count = Number(process.argv[2] ?? 100_000)
const flows: readonly Flow[] = Array.from({length: count}, (_, index) => ({
  table: 16,
  priority: 200,
  cookie: BigInt(index + 1),
  match: {ip: '', nw_dst: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`},
  actions: ['set_field:172.30.1.12->tun_dst', 'set_field:0x10/0xf0->reg0', 'goto_table:18'],
}))

await using ovs = await startOpenvSwitch()
using connection = await connectOpenFlow(ovs.openflowSocket)
using control = await connectControl(ovs.runDir)
const file = join(ovs.runDir, 'flows.txt')
await writeFile(file, flows.map((flow) => `${printFlow(flow).replace(' actions=', ',actions=')}\n`).join(''))

const contenders = {
  ours: async () => connection.bundle({add: flows}),
  ofctl: async () =>
    execa('ovs-ofctl', ['-O', 'OpenFlow15', '--bundle', 'add-flows', `unix:${ovs.openflowSocket}`, file]),
  dump: async () => connection.dumpFlows(),
  ofctlDump: async () => execa('ovs-ofctl', ['-O', 'OpenFlow15', 'dump-flows', `unix:${ovs.openflowSocket}`]),
}
type Contender = keyof typeof contenders
const times: Record<Contender, number[]> = {ours: [], ofctl: [], dump: [], ofctlDump: []}

for (let turn = 0; turn < rounds; turn += 1) {
  // Who goes first changes from round to round, so that neither always finds the warmer machine.
  const order: readonly Contender[] = turn % 2 === 0 ? ['ours', 'ofctl'] : ['ofctl', 'ours']
  for (const name of order) {
    await execa('ovs-ofctl', ['-O', 'OpenFlow15', 'del-flows', `unix:${ovs.openflowSocket}`])
    times[name].push(await milliseconds(contenders[name]))
    const [table] = await connection.tableStats()
    if (table?.flows !== count) throw new Error(`${name} left ${table?.flows ?? 0} flows of ${count}`)
  }
  for (const name of ['dump', 'ofctlDump'] as const) times[name].push(await milliseconds(contenders[name]))
}

const [ours, theirs, dump, theirDump] = [
  median(times.ours),
  median(times.ofctl),
  median(times.dump),
  median(times.ofctlDump),
]
console.log(
  `add:  ${(theirs / ours).toFixed(2)} times as fast as ovs-ofctl --bundle (${round(ours)} and ${round(theirs)} ms, median of ${rounds})`,
)
console.log(
  `dump: ${(theirDump / dump).toFixed(2)} times as fast as ovs-ofctl, into objects (${round(dump)} and ${round(theirDump)} ms)`,
)
console.log(
  `${count} flows; ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}; ${(await control.run('version')).trim()}; Node ${process.version}`,
)

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function round(time: number): number {
  return Math.round(time)
}
