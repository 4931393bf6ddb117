/** On the running lab: how long until the agent serves again, and how long the 1 kHz stream stands still, after SIGKILLs. */
import {setTimeout as sleep} from 'node:timers/promises'
import {startPods} from '../test/e2e/cluster.ts'
import {restartAgent} from '../test/long/restarts.ts'
import {allKinds, pairOf} from '../test/long/stream.ts'
import {killSwitch} from '../test/long/switch-kills.ts'
import {machine, milliseconds} from './figures.ts'

const times = Number(process.argv[2] ?? 20)
const ips = await startPods()

for (const signal of ['KILL', 'TERM'] as const) {
  const sample: number[] = []
  for (let run = 0; run < times; run += 1) sample.push(await restartAgent('n1', signal))
  console.log(
    `SIG${signal} of the agent to serving CNI again, kubelet's pause of 1 s included: ${milliseconds(sample)}`,
  )
}
for (const process of ['ovs-vswitchd', 'ovsdb-server'] as const) {
  const gaps: number[] = []
  for (let run = 0; run < times; run += 1) {
    // More than a few within a minute are a crash loop, which is slowed down on purpose.
    if (run > 0) await sleep(20_000)
    const pair = pairOf(allKinds[run % allKinds.length] ?? 'same-node', ips)
    gaps.push((await killSwitch(pair, 'n1', process)).gap)
  }
  console.log(`SIGKILL of ${process}, longest time without a packet: ${milliseconds(gaps)}`)
}
console.log(machine())
