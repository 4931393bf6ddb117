/**
 * CNI ADD and DEL, one at a time, of the 40th Pod of a Node and of the 200th of another, over and over, beside the reference
 * plugins bridge and host-local on two such Nodes, all four in turns: `npm run bench -- cni [PODS]`. Measured is the whole
 * process that the container runtime starts. Bridge makes a Linux bridge's port: no Open vSwitch, no flows, no guard against
 * forged addresses, no database.
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {buildDirectory} from '../lab/binaries.ts'
import {type CniNode, startCniNode} from '../test/datapath/cni-node.ts'
import {machine, milliseconds, percentile} from './figures.ts'

const rounds = 60
const [few, many] = [40, Number(process.argv[2] ?? 200)]

await using undo = new AsyncDisposableStack()
const reference = await buildDirectory('cni-reference', console.log)
const leases = await mkdtemp(join(tmpdir(), 'host-local-'))
undo.defer(() => rm(leases, {recursive: true}))
/** What a call has printed: told when it fails. */
const answer = join(leases, 'answer')

interface Contender {
  /** Also of its containers, together with their number. */
  readonly name: string
  readonly node: CniNode
  /** With the one that comes and goes. */
  readonly pods: number
  readonly program: string
  readonly config: object
}

const ours = {cniVersion: '1.0.0', name: 'antrea', type: 'antrea'}
/** Leases are kept by the name of the network. */
const theirs = (name: string) => ({
  cniVersion: '1.0.0',
  name,
  type: 'bridge',
  bridge: 'cni0',
  isDefaultGateway: true,
  ipam: {type: 'host-local', subnet: '10.245.0.0/16', dataDir: leases},
})

const [quiet, busy, crowded] = [
  undo.use(await startCniNode('antctl-few')),
  undo.use(await startCniNode('antctl-many')),
  undo.use(await startCniNode('antctl-theirs')),
]
const bridge = join(reference, 'bridge')
const contenders = {
  few: {name: 'few', node: quiet, pods: few, program: quiet.program, config: ours},
  many: {name: 'many', node: busy, pods: many, program: busy.program, config: ours},
  theirFew: {name: 'their-few', node: quiet, pods: few, program: bridge, config: theirs('few')},
  theirMany: {name: 'their-many', node: crowded, pods: many, program: bridge, config: theirs('many')},
} satisfies Readonly<Record<string, Contender>>

/** Ends with the clock before and after. Bash starts it as containerd would: fork and exec. The pause lets all come to rest. */
const script = `
set -eu
export CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$3 PROGRAM=$4 CONFIG=$5 ANSWER=$6
export CNI_IFNAME=eth0 CNI_ARGS="IgnoreUnknown=1;K8S_POD_NAMESPACE=bench;K8S_POD_NAME=$2"
sleep 0.1
exec 3<<<"$CONFIG"
start=$EPOCHREALTIME
"$PROGRAM" <&3 >"$ANSWER" || { cat "$ANSWER" >&2; exit 1; }
end=$EPOCHREALTIME
echo "$start $end"
`

async function call(command: string, {name, node, program, config}: Contender, pod: number): Promise<number> {
  const container = `${name}-${pod}`
  const env = [`CNI_PATH=${reference}`, `ANTREA_CNI_SOCKET=${node.socketPath}`]
  const words = [command, container, node.spaceOf(container), program, JSON.stringify(config), answer]
  const [start, end] = (await node.run('env', ...env, 'bash', '-c', script, 'bench', ...words)).split(' ').map(Number)
  return ((end ?? 0) - (start ?? 0)) * 1000
}

for (const contender of Object.values(contenders)) {
  const {name, node, pods} = contender
  for (let pod = 1; pod <= pods; pod++) await node.netns(`${name}-${pod}`)
  for (let pod = 1; pod < pods; pod++) await call('ADD', contender, pod)
}

type Times = Readonly<Record<keyof typeof contenders, number[]>>
const times: Readonly<Record<'ADD' | 'DEL', Times>> = {
  ADD: {few: [], many: [], theirFew: [], theirMany: []},
  DEL: {few: [], many: [], theirFew: [], theirMany: []},
}

/** The last Pod of each comes and goes, by turns. */
for (let round = 0; round < rounds; round++) {
  for (const command of ['ADD', 'DEL'] as const) {
    for (const key of ['few', 'many', 'theirFew', 'theirMany'] as const) {
      times[command][key].push(await call(command, contenders[key], contenders[key].pods))
    }
  }
}

for (const [command, taken] of Object.entries(times)) {
  const ratio = (a: readonly number[], b: readonly number[]) => (percentile(a, 0.5) / percentile(b, 0.5)).toFixed(2)
  console.log(`${command}: ${ratio(taken.few, taken.theirFew)} times the time of bridge and host-local`)
  console.log(`  ours ${milliseconds(taken.few)}; theirs ${milliseconds(taken.theirFew)}`)
  console.log(`${command} with ${many} Pods: ${ratio(taken.many, taken.few)} times the time with ${few}`)
  console.log(`  ${milliseconds(taken.many)}`)
  console.log(`  theirs: ${ratio(taken.theirMany, taken.theirFew)} times; ${milliseconds(taken.theirMany)}`)
}
console.log(machine())
