/**
 * CNI ADD and DEL on an idle Node, one at a time, beside the reference plugins bridge and host-local in turns:
 * `npm run bench -- cni [PODS]`. Measured is the whole process that the container runtime starts. Bridge makes a Linux
 * bridge's port: no Open vSwitch, no flows, no guard against forged addresses, no database.
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {buildDirectory} from '../lab/binaries.ts'
import {startCniNode} from '../test/datapath/cni-node.ts'
import {machine, milliseconds, percentile} from './figures.ts'

const rounds = 20
const pods = Number(process.argv[2] ?? 200)
const space = 'antctl-bench'

await using undo = new AsyncDisposableStack()
const reference = await buildDirectory('cni-reference', console.log)
const leases = await mkdtemp(join(tmpdir(), 'host-local-'))
undo.defer(() => rm(leases, {recursive: true}))
const node = undo.use(await startCniNode(space))

interface Plugin {
  readonly name: 'ours' | 'theirs'
  readonly program: string
  readonly config: object
}
const ours: Plugin = {
  name: 'ours',
  program: node.program,
  config: {cniVersion: '1.0.0', name: 'antrea', type: 'antrea'},
}
const theirs: Plugin = {
  name: 'theirs',
  program: join(reference, 'bridge'),
  config: {
    cniVersion: '1.0.0',
    name: 'reference',
    type: 'bridge',
    bridge: 'cni0',
    isDefaultGateway: true,
    ipam: {type: 'host-local', subnet: '10.245.0.0/16', dataDir: leases},
  },
}

/** Ends with the clock before and after. Bash starts it as containerd would: fork and exec. The pause lets all come to rest. */
const script = `
set -eu
export CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$3 PROGRAM=$4 CONFIG=$5
export CNI_IFNAME=eth0 CNI_ARGS="IgnoreUnknown=1;K8S_POD_NAMESPACE=bench;K8S_POD_NAME=$2"
sleep 0.1
exec 3<<<"$CONFIG"
start=$EPOCHREALTIME
"$PROGRAM" <&3 >/dev/null
end=$EPOCHREALTIME
echo "$start $end"
`

async function call(command: string, {name, program, config}: Plugin, pod: number): Promise<number> {
  const container = `${name}-${pod}`
  const env = [`CNI_PATH=${reference}`, `ANTREA_CNI_SOCKET=${node.socketPath}`]
  const words = [command, container, node.spaceOf(container), program, JSON.stringify(config)]
  const [start, end] = (await node.run('env', ...env, 'bash', '-c', script, 'bench', ...words)).split(' ').map(Number)
  return ((end ?? 0) - (start ?? 0)) * 1000
}

async function inTurns(command: string, from: number): Promise<void> {
  const [mine, other]: [number[], number[]] = [[], []]
  for (let pod = from; pod < from + rounds; pod++) {
    mine.push(await call(command, ours, pod))
    other.push(await call(command, theirs, pod))
  }
  const ratio = percentile(mine, 0.5) / percentile(other, 0.5)
  console.log(`${command}: ${ratio.toFixed(2)} times the time of bridge and host-local`)
  console.log(`  ours ${milliseconds(mine)}; theirs ${milliseconds(other)}`)
}

for (let pod = 0; pod <= pods; pod++) {
  await node.netns(`ours-${pod}`)
  if (pod <= rounds) await node.netns(`theirs-${pod}`)
}
// The first of each makes a bridge, or warms what is compiled while it runs.
for (const plugin of [ours, theirs]) await call('ADD', plugin, 0)
const start: number[] = []
for (let round = 0; round < rounds; round++) start.push(await call('VERSION', ours, 0))
console.log(`VERSION, the program alone: ${milliseconds(start)}`)
await inTurns('ADD', 1)
const more: number[] = []
for (let pod = rounds + 1; pod <= pods; pod++) more.push(await call('ADD', ours, pod))
const [few, many] = [percentile(more.slice(0, rounds), 0.5), percentile(more.slice(-rounds), 0.5)]
console.log(
  `ADD with ${pods} Pods: ${(many / few).toFixed(2)} times the time with ${2 * rounds}: ${milliseconds(more.slice(-rounds))}`,
)
await inTurns('DEL', 1)
console.log(machine())
