/**
 * The agent's session with Open vSwitch on one Node, without an API server: `NODE MODE`, started in the Node's network namespace.
 * Wires the Node or finds it wired, changes the difference, and only then lets ovs-vswitchd touch the kernel's flows.
 */
import {openDatapath} from '../../src/agent/datapath.ts'
import {bringUp} from '../../src/agent/wiring/bring-up.ts'
import {openSwitch} from '../../src/agent/wiring/switch-session.ts'
import {connectOvsdb} from '../../src/datapath/ovsdb/connection.ts'
import {setOpenvSwitchConfig} from '../../src/datapath/ovsdb/switch.ts'
import {describe} from '../../src/datapath/plan/describe.ts'
import {parseIp} from '../../src/model/address.ts'
import {parseAgentConfig} from '../../src/model/agent-config.ts'
import {networkOf, nodeCalled} from '../datapath/underlay.ts'

const runDir = process.env['OVS_RUNDIR'] ?? ''
const [name = '', mode = ''] = process.argv.slice(2)
const node = nodeCalled(name)
const config = parseAgentConfig(`{trafficEncapMode: ${mode}, ovsDatapathType: system}`)
const transportIps = [parseIp(node.transport)]

using ovsdb = await connectOvsdb(`${runDir}/db.sock`)
const {podCidr} = networkOf(node, {mode: config.trafficEncapMode}).wiring
const self = {name, podCidrs: [podCidr], transportIps, ready: true}
const {wiring} = await bringUp({
  ovsdb,
  config,
  self,
  internalIp: transportIps[0],
  tunnels: () => networkOf(node, {mode: config.trafficEncapMode}).wiring.tunnels,
})
const waiting = {signal: new AbortController().signal, onWait: () => undefined}
using session = await openSwitch(runDir, waiting)
const network = networkOf(node, {mode: config.trafficEncapMode, wiring})
const datapath = openDatapath(session)
const {steps} = await datapath.converge(network)
await datapath.refreshNeighbours()
await setOpenvSwitchConfig(ovsdb, {'flow-restore-wait': undefined})
process.stdout.write(`${JSON.stringify({datapath: wiring.datapath, steps: steps.map(describe)})}\n`)
