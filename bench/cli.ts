/** `antctl get agentinfo` beside `kubectl get nodes`, as processes, in turns, against the running lab. */
import {join} from 'node:path'
import {execa} from 'execa'
import {kubectlEnvironment, kubectlProgram} from '../lab/kubectl.ts'
import {buildAll} from '../scripts/build.ts'
import {machine, milliseconds, percentile, timed} from './figures.ts'

const antctl = join(import.meta.dirname, '..', 'bin', 'antctl')
const contenders = {
  'antctl get agentinfo': () => execa(antctl, ['get', 'agentinfo'], {env: kubectlEnvironment}),
  'kubectl get nodes': () => execa(kubectlProgram, ['get', 'nodes'], {env: kubectlEnvironment}),
  'antctl get ovsflows --nodes n1': () =>
    execa(antctl, ['get', 'ovsflows', '--nodes', 'n1'], {env: kubectlEnvironment}),
  'kubectl exec … ovs-ofctl dump-flows': () =>
    execa(
      kubectlProgram,
      [
        '-n',
        'kube-system',
        'exec',
        'ds/antrea-agent',
        '-c',
        'antrea-ovs',
        '--',
        'ovs-ofctl',
        '-O',
        'OpenFlow15',
        'dump-flows',
        'br-int',
      ],
      {env: kubectlEnvironment},
    ),
} as const

// From a checkout antctl runs its sources when they are newer than the build; a user has the build.
await buildAll()
const times = new Map(Object.keys(contenders).map((name) => [name, new Array<number>()]))
for (let turn = 0; turn <= 20; turn += 1) {
  for (const [name, run] of Object.entries(contenders)) {
    const spent = await timed(run)
    if (turn > 0) times.get(name)?.push(spent)
  }
}

const medians = [...times.values()].map((sample) => percentile(sample, 0.5))
const ratio = (ours: number, theirs: number) => ((medians[ours] ?? 0) / (medians[theirs] ?? 1)).toFixed(2)
console.log(`${ratio(0, 1)} times the time of kubectl get nodes; ${ratio(2, 3)} times that of kubectl exec`)
for (const [name, sample] of times) console.log(`${name.padEnd(36)} ${milliseconds(sample)}`)
console.log(machine())
