/**
 * The agent of n1 in the running lab: process start to the CNI socket and to serving Pods, memory and processor time idle
 * with 100 Pods. Beside each figure what upstream's agent was seen to take on such a Node.
 */
import {setTimeout as sleep} from 'node:timers/promises'
import * as v from 'valibot'
import {kubectl} from '../lab/kubectl.ts'
import {run} from '../lab/machines.ts'
import {machine, milliseconds, percentile} from './figures.ts'

const node = 'n1'
const logArgs = ['-n', 'kube-system', 'logs', '-c', 'antrea-agent']
const [restarts, pods, idleSeconds] = [Number(process.argv[2] ?? 20), 100, 60]
/** Upstream 2.x: milliseconds from start to listening, and MiB. */
const upstream = {start: [1210, 1430], resident: [97, 113]} as const

await atRest()
const [listening, serving]: [number[], number[]] = [[], []]
for (let round = 0; round < restarts; round += 1) {
  const before = await pidOfAgent()
  await run(node, ['kill', '-KILL', String(before)])
  const log = await logOf(before)
  listening.push(momentOf(log, 'cni listening'))
  serving.push(momentOf(log, 'serving'))
  // The kubelet's pause before the next start grows with starts that come soon after each other.
  await sleep(3_000)
}
const [low, high] = upstream.start
const share = (sample: readonly number[]) => {
  const median = percentile(sample, 0.5)
  return `${(median / low).toFixed(2)} to ${(median / high).toFixed(2)} of upstream's start`
}
console.log(`start to CNI listening: ${share(listening)} (${milliseconds(listening)})`)
console.log(`start to serving Pods: ${share(serving)} (${milliseconds(serving)})`)

await cniCalls('ADD')
try {
  await sleep(5_000)
  const pid = await pidOfAgent()
  const resident = await residentOf(pid)
  const [least, most] = upstream.resident
  const ratio = `${(resident / least).toFixed(2)} to ${(resident / most).toFixed(2)} of upstream's`
  console.log(`resident memory idle with ${pods} Pods: ${ratio} (${resident.toFixed(0)} MiB)`)
  const ticks = await ticksOf(pid)
  await sleep(idleSeconds * 1_000)
  const used = (await ticksOf(pid)) - ticks
  const percent = (used / 100 / idleSeconds) * 100
  console.log(`processor idle with ${pods} Pods: ${percent.toFixed(2)} % of a core over ${idleSeconds} s`)
} finally {
  await cniCalls('DEL')
}
console.log(machine())

async function pidOfAgent(): Promise<number> {
  return Number((await run(node, ['pgrep', '-o', '-f', 'antrea-agent.mjs'])).trim())
}

/** Nothing else starts or stops on the Node. */
async function atRest(): Promise<void> {
  await run(node, ['pgrep', '-x', 'ovs-vswitchd'])
  await sleep(2_000)
}

/** The log of the agent that follows process `before`, once it serves. */
async function logOf(before: number): Promise<string> {
  for (let left = 300; left > 0; left -= 1) {
    const pid = await pidOfAgent().catch(() => before)
    const log = pid === before ? '' : await kubectl([...logArgs, await podOfAgent()]).catch(() => '')
    if (log.includes('"serving"')) return log
    await sleep(100)
  }
  throw new Error(`no agent serves on ${node}`)
}

async function podOfAgent(): Promise<string> {
  const selector = ['-l', 'component=antrea-agent', '--field-selector', `spec.nodeName=${node}`]
  return kubectl(['-n', 'kube-system', 'get', 'pods', ...selector, '-o', 'jsonpath={.items[0].metadata.name}'])
}

/** Milliseconds after the process began, as its log says. */
function momentOf(log: string, message: string): number {
  const line = log.split('\n').find((text) => text.includes(`"msg":"${message}"`)) ?? '{}'
  return v.parse(v.object({milliseconds: v.number()}), JSON.parse(line)).milliseconds
}

async function residentOf(pid: number): Promise<number> {
  const status = await run(node, ['cat', `/proc/${pid}/status`])
  return Number(/VmRSS:\s+(?<kilobytes>\d+)/u.exec(status)?.groups?.['kilobytes']) / 1024
}

/** User and system time in hundredths of a second (proc(5), stat: fields 14 and 15). */
async function ticksOf(pid: number): Promise<number> {
  const stat = await run(node, ['cat', `/proc/${pid}/stat`])
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** Pods as the container runtime would wire them, without the containers. */
async function cniCalls(verb: 'ADD' | 'DEL'): Promise<void> {
  const script = `set -eu
for i in $(seq ${pods}); do
  netns=/var/run/netns/idle$i
  if [ ${verb} = ADD ]; then : >"$netns"; unshare --net="$netns" true; fi
  CNI_COMMAND=${verb} CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin CNI_CONTAINERID=idle$i CNI_NETNS=$netns \\
    CNI_ARGS="IgnoreUnknown=1;K8S_POD_NAMESPACE=bench;K8S_POD_NAME=idle$i" \\
    /opt/cni/bin/antrea <<<'{"cniVersion":"1.0.0","name":"antrea","type":"antrea"}' >/dev/null
  if [ ${verb} = DEL ]; then umount "$netns"; rm "$netns"; fi
done`
  await run(node, ['bash', '-c', script])
}
