/**
 * The agent's CNI part on a real Open vSwitch, without an API server: started in a Node's network namespace, it serves
 * CNI_SOCKET until standard input ends. It says "ready" when it serves.
 */
import {createInterface} from 'node:readline'
import {serveCni} from '../../src/agent/cni/serve.ts'
import {followChanges} from '../../src/agent/converge.ts'
import {startConverging} from '../../src/agent/converging.ts'
import {openDatapath} from '../../src/agent/datapath.ts'
import {openEventLog} from '../../src/agent/events.ts'
import {loadConfig} from '../../src/agent/load-config.ts'
import {openLog} from '../../src/agent/log.ts'
import {openFigures} from '../../src/agent/report/figures.ts'
import {openStore} from '../../src/agent/state.ts'
import {connectOpenFlow} from '../../src/datapath/openflow/connection.ts'
import {connectOvsdb} from '../../src/datapath/ovsdb/connection.ts'
import {connectControl} from '../../src/datapath/ovsdb/control.ts'
import {gatewayOf, macFor, parseCidr, parseIp} from '../../src/model/address.ts'
import {podsOf} from '../../src/agent/cni/pods.ts'

const {OVS_RUNDIR: runDir = '', CNI_SOCKET: socketPath = '', POD_CIDR = '10.244.1.0/24'} = process.env
const podCidr = parseCidr(POD_CIDR)
const gateway = gatewayOf(podCidr)
using ovsdb = await connectOvsdb(`${runDir}/db.sock`)
using openflow = await connectOpenFlow(`${runDir}/br-int.mgmt`)
using control = await connectControl(runDir)
const log = openLog('n1', 'silent')
const [store, events] = [openStore(), openEventLog()]
const live = {session: {ovsdb, control}, openflow, datapath: openDatapath({openflow, control})}
const {reconciler, watch} = startConverging({store, log, events, live: () => live, figures: openFigures()})
watch(live)
followChanges(store, {reconciler, report: () => {}, isLive: () => true})
ovsdb.onChange(() => {
  const [pods, before] = [podsOf(ovsdb), store.now().pods]
  if (pods.length !== before.length || pods.some((pod, at) => pod !== before[at])) store.update({pods})
})
const cni = await serveCni({store, log, ovsdb: () => ovsdb, live: () => live, reconciler, socketPath})
store.update({
  loaded: loadConfig({text: 'trafficEncapMode: encap\n'}, {}),
  configTrouble: undefined,
  ovsdbTrouble: undefined,
  openflowTrouble: undefined,
  nodes: [
    {name: 'n1', podCidrs: [podCidr], transportIps: [parseIp('172.30.1.11')], ready: true},
    {name: 'n2', podCidrs: [parseCidr('10.244.2.0/24')], transportIps: [parseIp('172.30.1.12')], ready: true},
  ],
  pods: podsOf(ovsdb),
  wiring: {
    node: 'n1',
    podCidr,
    gateway: {ip: gateway, mac: macFor(gateway)},
    datapath: 'netdev',
    transportInterface: 'eth1',
    transportDevice: 'eth1',
    transport: [{ip: parseIp('172.30.1.11'), prefix: 24}],
    transportMtu: 1500,
    tunnels: [{name: 'antrea-tun0', ofport: 32768, type: 'geneve', port: 6081, csum: false}],
  },
})
await reconciler.request()
process.stdout.write('ready\n')
for await (const _line of createInterface({input: process.stdin}));
cni.close()
process.exit(0)
