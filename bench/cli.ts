/** The shipped antctl beside kubectl as people have it: whole processes, in turns, against the running lab. */
import {join} from 'node:path'
import {execa} from 'execa'
import {buildDirectory} from '../lab/binaries.ts'
import {kubectlEnvironment} from '../lab/kubectl.ts'
import {buildAll} from '../scripts/build.ts'
import {toolboxPod} from '../lab/toolbox-pod.ts'
import {machine, milliseconds, percentile, timed} from './figures.ts'

await buildAll()
const antctl = join(import.meta.dirname, '..', 'dist', 'antctl', 'antctl')
const kubectl = join(await buildDirectory('kubectl', console.log), 'kubectl')
const inAgent = (...command: readonly string[]) =>
  ['-n', 'kube-system', 'exec', 'ds/antrea-agent', '-c', 'antrea-ovs', '--', ...command] as const

/** Two Pods, of Nodes that a router lies between. */
const namespace = 'bench'
const ends = {near: 'n1', far: 'n3'} as const
const pods = Object.entries(ends).map(([name, nodeName]) => toolboxPod(name, {namespace, nodeName}))
const space = {apiVersion: 'v1', kind: 'Namespace', metadata: {name: namespace}}
const input = JSON.stringify({apiVersion: 'v1', kind: 'List', items: [space, ...pods]})
await execa(kubectl, ['apply', '-f', '-'], {input, env: kubectlEnvironment})
const ready = ['-n', namespace, 'wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s']
await execa(kubectl, ready, {env: kubectlEnvironment})

/** Ours, what a user would run instead, and in an environment with a cluster or without. */
const pairs = [
  [['version'], ['version', '--client'], {HOME: '/nonexistent', KUBECONFIG: ''}],
  [['get', 'agentinfo'], ['get', 'nodes'], kubectlEnvironment],
  [
    ['get', 'ovsflows', '--nodes', 'n1'],
    inAgent('ovs-ofctl', '-O', 'OpenFlow15', 'dump-flows', 'br-int'),
    kubectlEnvironment,
  ],
  [
    ['trace-packet', '-S', `${namespace}/near`, '-D', `${namespace}/far`],
    ['-n', namespace, 'exec', 'near', '--', 'true'],
    kubectlEnvironment,
  ],
] as const

for (const [ours, theirs, env] of pairs) {
  const times: readonly [number[], number[]] = [[], []]
  for (let turn = 0; turn <= 20; turn += 1) {
    for (const [at, run] of [() => execa(antctl, ours, {env}), () => execa(kubectl, theirs, {env})].entries()) {
      const spent = await timed(run)
      if (turn > 0) times[at]?.push(spent)
    }
  }
  const [own, other] = times.map((sample) => percentile(sample, 0.5))
  console.log(`antctl ${ours.join(' ')}: ${((own ?? 0) / (other ?? 1)).toFixed(2)} times kubectl ${theirs.join(' ')}`)
  for (const [at, name] of ['antctl', 'kubectl'].entries())
    console.log(`  ${name.padEnd(8)} ${milliseconds(times[at] ?? [])}`)
}
console.log(machine())
await execa(kubectl, ['delete', 'namespace', namespace, '--wait=false'], {env: kubectlEnvironment})
