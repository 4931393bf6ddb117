/**
 * CNI ADD and DEL, one at a time, on a Node that gets its 40th Pod and on one that gets its 200th, beside the reference
 * plugins bridge and host-local, all three in turns: `npm run bench -- cni [PODS]`. Measured is the whole process that the
 * container runtime starts. Bridge makes a Linux bridge's port: no Open vSwitch, no flows, no guard against forged
 * addresses, no database.
 */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {buildDirectory} from '../lab/binaries.ts'
import {type CniNode, startCniNode} from '../test/datapath/cni-node.ts'
import {machine, milliseconds, percentile} from './figures.ts'

const rounds = 20
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
  /** Pods that are there at the end. */
  readonly pods: number
  readonly program: string
  readonly config: object
}

const ours = {cniVersion: '1.0.0', name: 'antrea', type: 'antrea'}
const theirs = {
  cniVersion: '1.0.0',
  name: 'reference',
  type: 'bridge',
  bridge: 'cni0',
  isDefaultGateway: true,
  ipam: {type: 'host-local', subnet: '10.245.0.0/16', dataDir: leases},
}

const quiet = undo.use(await startCniNode('antctl-few'))
const busy = undo.use(await startCniNode('antctl-many'))
const contenders: readonly Contender[] = [
  {name: 'few', node: quiet, pods: few, program: quiet.program, config: ours},
  {name: 'many', node: busy, pods: many, program: busy.program, config: ours},
  {name: 'theirs', node: quiet, pods: few, program: join(reference, 'bridge'), config: theirs},
]

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

/** The last Pods of each, by turns. */
async function inTurns(command: string): Promise<void> {
  const times: Readonly<Record<string, number[]>> = {few: [], many: [], theirs: []}
  for (let left = rounds; left > 0; left--) {
    for (const contender of contenders) {
      times[contender.name]?.push(await call(command, contender, contender.pods - left + 1))
    }
  }
  const {few: mine = [], many: crowded = [], theirs: other = []} = times
  const ratio = (a: readonly number[], b: readonly number[]) => (percentile(a, 0.5) / percentile(b, 0.5)).toFixed(2)
  console.log(`${command}: ${ratio(mine, other)} times the time of bridge and host-local`)
  console.log(`  ours ${milliseconds(mine)}; theirs ${milliseconds(other)}`)
  console.log(
    `${command} with ${many} Pods: ${ratio(crowded, mine)} times the time with ${few}: ${milliseconds(crowded)}`,
  )
}

for (const contender of contenders) {
  const {name, node, pods} = contender
  for (let pod = 1; pod <= pods; pod++) await node.netns(`${name}-${pod}`)
  for (let pod = 1; pod <= pods - rounds; pod++) await call('ADD', contender, pod)
}
await inTurns('ADD')
await inTurns('DEL')
console.log(machine())
