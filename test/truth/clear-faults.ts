import {healLink} from '../../lab/links.ts'
import {run} from '../../lab/machines.ts'
import {currentTopology} from '../../lab/state.ts'
import {runDir} from '../long/switch-state.ts'

/** What a run that was killed in the middle of a case has left planted, whichever it was; nothing is there mostly. */
export async function clearFaults(): Promise<void> {
  const {nodes} = currentTopology()
  const quietly = (machine: string, ...words: readonly string[]) => run(machine, words, {reject: false})
  await quietly('router', 'nft', 'delete', 'table', 'bridge', 'truth')
  for (const [at, node] of nodes.entries()) {
    await healLink([node])
    for (const other of nodes.slice(at + 1)) await healLink([node, other])
    await quietly('router', 'ip', 'link', 'set', node.transport.port, 'mtu', '1500')
    await quietly(node.name, 'pkill', '-CONT', '-f', 'antrea-agent[.]mjs')
    await quietly(node.name, 'ip', 'neigh', 'flush', 'dev', 'br-phy', 'nud', 'permanent')
    await quietly(node.name, 'ip', 'route', 'flush', 'type', 'blackhole')
    const bridge = `unix:${runDir}/br-int.mgmt`
    await quietly(node.name, 'ovs-ofctl', '-O', 'OpenFlow15', 'del-flows', bridge, 'cookie=0xbad/-1')
  }
}
