import * as v from 'valibot'
import {testProgram} from '../datapath/programs.ts'
import {inside, type NodeSpec, run, type Underlay} from '../datapath/underlay.ts'

type NodeName = NodeSpec['name']

const started = v.object({datapath: v.string(), steps: v.array(v.string())})
type Started = v.InferOutput<typeof started>

/** As after a crash: first ovs-vswitchd is back, then the agent. */
export async function restart(
  underlay: Underlay,
  node: NodeName,
  options: {readonly flowRestoreWait: 'set' | 'unset'},
): Promise<Started> {
  const begin = performance.now()
  const seconds = () => ((performance.now() - begin) / 1000).toFixed(1)
  await underlay.switchOf(node).kill()
  await underlay.switchOf(node).start(options)
  const back = seconds()
  const done = await startAgent(underlay, node)
  process.stdout.write(
    `ovs-vswitchd started after ${back} s, the agent done after ${seconds()} s: ${done.steps.join('; ')}\n`,
  )
  return done
}

/** The agent's way, to its end. */
export async function startAgent(underlay: Underlay, node: NodeName): Promise<Started> {
  const program = [testProgram('kernel/start-agent'), node, 'hybrid']
  const {stdout} = await run('ip', inside(node, process.execPath, program), {OVS_RUNDIR: underlay.runDirOf(node)})
  return v.parse(started, JSON.parse(stdout))
}

/** Flows and groups as ovs-ofctl prints them, without what counts up. */
export async function tables(underlay: Underlay, node: NodeName): Promise<readonly string[]> {
  const bridge = `unix:${underlay.runDirOf(node)}/br-int.mgmt`
  const dumps = ['dump-flows', 'dump-groups'].map((command) =>
    run('ovs-ofctl', ['-O', 'OpenFlow15', '--no-names', '--no-stats', '--sort', command, bridge]),
  )
  return (await Promise.all(dumps)).map(({stdout}) => stdout)
}

/** The streams of p1a that the kernel tracks as established, in the zone of the Pods. */
export async function connections(node: NodeName): Promise<readonly string[]> {
  const wanted = ['-L', '-w', '65520', '-p', 'tcp', '--dport', '7001', '--state', 'ESTABLISHED']
  const {stdout} = await run('ip', inside(node, 'conntrack', wanted))
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^tcp +6 \d+ | use=\d+/gu, ''))
}
