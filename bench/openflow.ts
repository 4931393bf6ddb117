/**
 * Flows of a busy Node into Open vSwitch and back, by us and by ovs-ofctl in turns on the same switch:
 * `npm run bench -- openflow [FLOWS]`. Ours is measured from Flow objects to the answer to the commit, ovs-ofctl from the
 * start of its process with the same flows in a file. Trust the ratios, not the times.
 */
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {monitorEventLoopDelay} from 'node:perf_hooks'
import {setTimeout} from 'node:timers/promises'
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import {execa} from 'execa'
import {connectOpenFlow} from '../src/datapath/openflow/connection.ts'
import type {Flow} from '../src/datapath/openflow/flow.ts'
import {printFlow} from '../src/datapath/openflow/text.ts'
import {connectControl} from '../src/datapath/ovsdb/control.ts'
import {startOpenvSwitch} from '../test/datapath/open-vswitch.ts'
import {busyNode, pod} from './busy-node.ts'
import {machine, milliseconds, percentile, timed} from './figures.ts'

const rounds = 20
const count = Number(process.argv[2] ?? 100_000)
const flows = busyNode(count)

await using ovs = await startOpenvSwitch()
using connection = await connectOpenFlow(ovs.openflowSocket)
using control = await connectControl(ovs.runDir)
const ofctl = async (...words: readonly string[]): Promise<unknown> => {
  const [command = '', ...files] = words
  return execa('ovs-ofctl', ['-O', 'OpenFlow15', '--bundle', command, `unix:${ovs.openflowSocket}`, ...files])
}

const stalls: number[] = []
const cpuTimes: number[] = []
const rssBefore = settledRss()
const all = await compare({
  ours: async () => watched(async () => connection.bundle({add: flows})),
  theirs: await additions('all.txt', flows),
  async before() {
    await ofctl('del-flows')
    // What was deleted is freed later, by a thread that would disturb who comes next.
    await setTimeout(500)
  },
})
report(`one bundle of ${count} flows`, 'ovs-ofctl --bundle add-flows', all)
console.log(
  `  the event loop waited ${percentile(stalls, 0.5).toFixed(1)} ms at most in half of the rounds, ${Math.max(...stalls).toFixed(1)} ms in all`,
)
console.log(`  CPU time of this process ${percentile(cpuTimes, 0.5).toFixed(0)} ms`)
console.log(`  RSS of this process ${rssBefore} MiB before, ${settledRss()} MiB after`)

const pods = Array.from({length: 200}, (_, index) => pod(index + 1000))
let next = 0
const one = await compare({
  ours: async () => connection.bundle({add: pods[next++ % pods.length] ?? []}),
  theirs: await additions('pod.txt', pod(500)),
  times: 200,
})
report(`a Pod's ${pod(0).length} flows in one bundle, ${count} flows there`, 'ovs-ofctl --bundle add-flows', one)

const dump = await compare({
  ours: async () => connection.dumpFlows(),
  theirs: async () => ofctl('dump-flows'),
  times: 7,
})
report(`a dump of ${count} flows into objects`, 'ovs-ofctl dump-flows, which makes text', dump)
console.log(`${machine()}, ${(await control.run('version')).trim()}`)

interface Contest {
  ours(): Promise<unknown>
  theirs(): Promise<unknown>
  before?(): Promise<unknown>
  readonly times?: number
}

interface Result {
  readonly ours: readonly number[]
  readonly theirs: readonly number[]
}

/** Who goes first changes from round to round, so that neither always finds the warmer machine. */
async function compare({ours, theirs, before, times = rounds}: Contest): Promise<Result> {
  const [own, other]: [number[], number[]] = [[], []]
  const turns = [async () => own.push(await timed(ours)), async () => other.push(await timed(theirs))]
  for (let round = 0; round < times; round += 1) {
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) {
      await before?.()
      await turn()
    }
  }
  return {ours: own, theirs: other}
}

function report(what: string, beside: string, {ours, theirs}: Result): void {
  const ratio = percentile(theirs, 0.5) / percentile(ours, 0.5)
  console.log(`${ratio.toFixed(2)} times as fast as ${beside}: ${what}`)
  console.log(`  ours: ${milliseconds(ours)}; theirs: ${milliseconds(theirs)}`)
}

async function additions(name: string, some: readonly Flow[]): Promise<() => Promise<unknown>> {
  const file = join(ovs.runDir, name)
  await writeFile(file, some.map((flow) => `${printFlow(flow).replace(' actions=', ',actions=')}\n`).join(''))
  return async () => ofctl('add-flows', file)
}

/** Notes how long other work of the process, a CNI ADD for example, had to wait, and the CPU time of this process. */
async function watched(work: () => Promise<unknown>): Promise<void> {
  const delay = monitorEventLoopDelay({resolution: 1})
  delay.enable()
  const before = process.cpuUsage()
  await work()
  const {user, system} = process.cpuUsage(before)
  cpuTimes.push((user + system) / 1000)
  delay.disable()
  stalls.push(delay.max / 1e6)
}

function settledRss(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  // As thorough as V8 is by itself in a process that idles.
  if (typeof collect === 'function') collect({type: 'major', flavor: 'last-resort'})
  return Math.round(process.memoryUsage.rss() / 2 ** 20)
}
