/** The agents of the running lab: start to serving CNI, resident memory; and how long a Pod takes to run. */
import {setTimeout as sleep} from 'node:timers/promises'
import {applyObjects, kubectl} from '../lab/kubectl.ts'
import {run} from '../lab/machines.ts'
import {toolboxPod} from '../lab/toolbox-pod.ts'
import {fourNodes} from '../lab/topology.ts'
import {machine, milliseconds} from './figures.ts'

const pods = 20
const nodes = fourNodes.nodes.map(({name}) => name)

for (const node of nodes) {
  const pid = (await run(node, ['pgrep', '-f', 'antrea-agent.mjs'])).trim().split('\n')[0] ?? ''
  const status = await run(node, ['cat', `/proc/${pid}/status`])
  const resident = Number(/VmRSS:\s+(\d+)/u.exec(status)?.[1]) / 1024
  const log = await kubectl(['-n', 'kube-system', 'logs', await agentOn(node), '-c', 'antrea-agent'])
  const serving = log.split('\n').find((line) => line.includes('"serving"'))
  const start = /"milliseconds":(\d+)/u.exec(serving ?? '')?.[1] ?? 'unknown'
  console.log(`${node}: agent serves CNI ${start} ms after its process began, RSS ${resident.toFixed(0)} MiB`)
}

await applyObjects([{apiVersion: 'v1', kind: 'Namespace', metadata: {name: 'bench'}}])
const sample: number[] = []
for (let number = 0; number < pods; number += 1)
  sample.push(await startPod(`pod-${number}`, nodes[number % nodes.length] ?? ''))
await kubectl(['delete', 'namespace', 'bench', '--wait'])
console.log(`Pod create to Running: ${milliseconds(sample)}`)
console.log(machine())

async function startPod(name: string, nodeName: string): Promise<number> {
  const start = performance.now()
  await applyObjects([toolboxPod(name, {namespace: 'bench', nodeName})])
  await kubectl(['-n', 'bench', 'wait', '--for=jsonpath={.status.phase}=Running', `pod/${name}`, '--timeout=60s'])
  const spent = performance.now() - start
  await sleep(200)
  return spent
}

async function agentOn(node: string): Promise<string> {
  const selector = ['-l', 'component=antrea-agent', '--field-selector', `spec.nodeName=${node}`]
  return kubectl(['-n', 'kube-system', 'get', 'pods', ...selector, '-o', 'jsonpath={.items[0].metadata.name}'])
}
