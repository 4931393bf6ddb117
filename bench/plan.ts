/**
 * The ledger with 5 000 peers and 110 Pods: all that a Node must hold compared with what it holds, and what one event
 * costs, from the changed value to the commit on a real Open vSwitch (dummy datapath; the kernel's hands do nothing):
 * `npm run bench -- plan [PEERS]`.
 */
import {monitorEventLoopDelay} from 'node:perf_hooks'
import {setTimeout as sleep} from 'node:timers/promises'
import {Datapath} from '../src/agent/datapath.ts'
import type {Hands} from '../src/agent/hands.ts'
import {inTurns} from '../src/agent/turns.ts'
import {parseIp} from '../src/model/address.ts'
import {connectOpenFlow, type OpenFlowConnection} from '../src/datapath/openflow/connection.ts'
import {hostSettings} from '../src/datapath/host/state.ts'
import {compare, parts} from '../src/datapath/plan/compare.ts'
import {Ledger} from '../src/datapath/plan/ledger.ts'
import {changedSlices} from '../src/datapath/plan/slices.ts'
import {startOpenvSwitch} from '../test/datapath/open-vswitch.ts'
import {machine, milliseconds, percentile, timed} from './figures.ts'
import {manyNodes, manyPods, networkOfMany} from './many-peers.ts'

const rounds = 20
const nodes = manyNodes(Number(process.argv[2] ?? 5000))
const pods = manyPods(110)
const bars = {full: 200, event: 5}

await using ovs = await startOpenvSwitch()
using openflow = await connectOpenFlow(ovs.openflowSocket)

const full = await times(async () => whole(await openflow.dumpFlows()))
const datapath = new Datapath(handsOver(openflow))
const first = await timed(() => datapath.converge(networkOfMany(nodes, pods)))
const held = await openflow.dumpFlows()
const compared = await times(() => whole(held))
const peer = await times(async (round) => datapath.converge(networkOfMany(withOneMoved(round), pods)))
const pod = await times(async (round) => datapath.converge(networkOfMany(nodes, pods.slice(round % 2))))
const delay = monitorEventLoopDelay({resolution: 1})
delay.enable()
const resync = await times(async () => {
  datapath.suspect(parts)
  await datapath.converge(networkOfMany(nodes, pods))
})
delay.disable()

report(`full desired state of ${nodes.length} peers and ${pods.length} Pods, beside an empty switch`, full, bars.full)
report(`full desired state, compared with the ${held.length} flows of the switch`, compared, bars.full)
report("one peer's change, up to the commit", peer, bars.event)
report("one Pod's change, up to the commit", pod, bars.event)
console.log(`full comparison with the switch, dump included: ${milliseconds(resync)}; the event loop stood still for`)
console.log(
  `  ${(delay.max / 1e6).toFixed(1)} ms at most; first start, ${held.length} flows committed: ${first.toFixed(0)} ms`,
)
console.log(`RSS ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB; ${machine()}`)

/** From Node objects that nobody has seen yet to the changes, as at a start. */
async function whole(flows: Awaited<ReturnType<OpenFlowConnection['dumpFlows']>>): Promise<void> {
  const network = networkOfMany(
    nodes.map((node) => ({...node})),
    pods,
  )
  const ledger = new Ledger()
  for (const {owner, slice} of changedSlices(undefined, network)) ledger.put(owner, slice)
  await inTurns(compare({ledger, settings: hostSettings(network)}, {flows, routes: []}))
}

/** Another Node's address each round. */
function withOneMoved(round: number): typeof nodes {
  const [at, ip] = [Math.floor((nodes.length / rounds) * round), parseIp(`192.0.2.${round + 1}`)]
  return nodes.map((node, index) => (index === at ? {...node, transportIps: [ip]} : node))
}

async function times(work: (round: number) => Promise<unknown>): Promise<readonly number[]> {
  const sample: number[] = []
  for (let round = 0; round < rounds; round++) {
    sample.push(await timed(() => work(round)))
    await sleep(20)
  }
  return sample
}

function report(what: string, sample: readonly number[], bar: number): void {
  const ratio = bar / percentile(sample, 0.5)
  console.log(`${ratio.toFixed(1)} times below the bar of ${bar} ms: ${what}: ${milliseconds(sample)}`)
}

function handsOver(connection: OpenFlowConnection): Hands {
  const nothing = async (): Promise<void> => undefined
  return {
    machine: {
      openflow: connection,
      routes: {put: nothing, remove: nothing},
      rules: {put: nothing, remove: nothing},
      nft: {put: nothing, guard: nothing, unguard: nothing, addPodCidrs: nothing, removePodCidrs: nothing},
      sysctls: {put: nothing},
      links: {put: nothing},
      pods: {limit: nothing, free: nothing},
      neighbours: {warm: nothing, put: nothing},
      tunnelWays: {put: nothing},
      control: {revalidate: nothing},
    },
    observe: async (wanted) => ({
      ...(wanted.has('flows') && {flows: await connection.dumpFlows()}),
      ...(wanted.has('routes') && {routes: []}),
    }),
  }
}
