/** CNI ADD and DEL of 100 network namespaces on n1, one after the other, as containerd would call them. */
import {run} from '../lab/machines.ts'
import {machine, milliseconds} from './figures.ts'

const count = Number(process.argv[2] ?? 100)
const configuration = '{"cniVersion":"1.0.0","name":"antrea","type":"antrea"}'

/** Runs on the Node: microseconds of each call, a line each. The netns are made before, so that only the call is timed. */
const script = String.raw`
set -eu
verb=$1 count=$2 configuration=$3
export CNI_COMMAND=$verb CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin
for i in $(seq "$count"); do
  netns=/var/run/netns/bench$i
  if [ "$verb" = ADD ]; then : >"$netns"; unshare --net="$netns" true; fi
  export CNI_CONTAINERID=bench$i CNI_NETNS=$netns CNI_ARGS="IgnoreUnknown=1;K8S_POD_NAMESPACE=bench;K8S_POD_NAME=pod$i"
  start=$EPOCHREALTIME
  /opt/cni/bin/antrea <<<"$configuration" >/dev/null
  end=$EPOCHREALTIME
  echo $(( (\${end/./} - \${start/./}) ))
  if [ "$verb" = DEL ]; then umount "$netns"; rm "$netns"; fi
done
`.replaceAll(String.raw`\$`, '$')

for (const verb of ['ADD', 'DEL'] as const) {
  const text = await run('n1', ['bash', '-c', script, 'bench', verb, String(count), configuration])
  const sample = text
    .trim()
    .split('\n')
    .map((line) => Number(line) / 1000)
  console.log(`CNI ${verb}: ${milliseconds(sample)} (the first ten ${milliseconds(sample.slice(0, 10))})`)
}
console.log(machine())
