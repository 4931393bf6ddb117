import type {NodeFlows, OvsFlow, OwnedFlow, Peer} from '../../model/agent-api.ts'
import {AntctlError} from '../../model/errors.ts'
import {describePod, type LocalPod} from '../../model/pod.ts'
import {needsTunnel} from '../../model/traffic-mode.ts'
import type {FlowStats} from '../../datapath/openflow/flow.ts'
import {printFlow} from '../../datapath/openflow/text.ts'
import {ownerText} from '../../datapath/pipeline/cookies.ts'
import {tableId} from '../../datapath/pipeline/tables.ts'
import {podOfPort} from '../cni/pods.ts'
import {networkOf} from '../network.ts'
import {ownerInWords} from '../owner-words.ts'
import type {AgentState} from '../state.ts'
import type {Sources} from './endpoints.ts'
import {selector} from './selector.ts'

/** GET /ovsflows: as upstream's, by Pod and by table. */
export async function flows(sources: Sources, query: URLSearchParams): Promise<readonly OvsFlow[]> {
  const name = query.get('pod') ?? ''
  const wanted = selector(name, query.get('namespace'))
  const pods = name === '' ? undefined : sources.now().pods.filter(wanted)
  if (pods?.length === 0) throw new AntctlError('POD_UNKNOWN', `there is no Pod ${name} on this Node`)
  const dump = await dumpOf(sources, query)
  return dump
    .filter((flow) => pods === undefined || pods.some((pod) => concerns(flow, pod)))
    .map((flow) => ({flow: describeFlow(flow)}))
}

/** GET /v1/flows: with their owners, and all that the numbers in them mean. */
export async function ownedFlows(sources: Sources, query: URLSearchParams): Promise<NodeFlows> {
  const dump = await dumpOf(sources, query)
  const {pods, peers, wiring} = networkOf(sources.now())
  const owners = new Map<bigint, string | undefined>()
  const owned = dump.map((flow): OwnedFlow => {
    const {cookie} = flow
    if (!owners.has(cookie)) {
      const text = ownerText(cookie)
      owners.set(cookie, text === undefined ? undefined : ownerInWords(text, {pods, peers}))
    }
    const owner = owners.get(cookie)
    return {flow: describeFlow(flow), ...(owner !== undefined && {owner})}
  })
  const ports = sources
    .live()
    .ports()
    .map((port) => {
      const pod = podOfPort(port)
      return {name: port.name, ofPort: port.ofport, ...(pod !== undefined && {pod: describePod(pod)})}
    })
  return {
    flows: owned,
    ports,
    pods: pods.map((pod) => ({pod: describePod(pod), ips: pod.ips, mac: pod.mac})),
    peers: peersNow(sources.now()),
    gateway: {...wiring.gateway, podCidr: wiring.podCidr},
  }
}

/** GET /v1/peers: meant ways, by the mode in force. */
export function peersNow(state: AgentState): readonly Peer[] {
  const {peers, mode} = networkOf(state)
  return peers.map(({name, podCidr, transportIp, sameSubnet}) => {
    const way = needsTunnel(mode, {sameSubnet}) ? 'tunnelled' : 'routed'
    return {name, podCidr, transportIp, sameSubnet, way}
  })
}

async function dumpOf(sources: Sources, query: URLSearchParams): Promise<readonly FlowStats[]> {
  const tables = (query.get('table') ?? '').split(',').filter((text) => text !== '')
  const wanted = new Set(tables.map(tableId))
  const dump = await sources.live().openflow.dumpFlows()
  return dump
    .filter(({table}) => wanted.size === 0 || wanted.has(table))
    .toSorted((a, b) => a.table - b.table || b.priority - a.priority)
}

/** Does a flow name the Pod's port, MAC or address? */
function concerns({match, actions}: FlowStats, {ofport, mac, ips}: LocalPod): boolean {
  const values = Object.entries(match)
  const own = new Set<string>([mac, ...ips])
  return (
    values.some(([field, value]) => own.has(value) || (field === 'in_port' && value === String(ofport))) ||
    actions.some((action) => action.split(/->|set_field:/u).some((part) => own.has(part)))
  )
}

/** As `ovs-ofctl dump-flows` prints it, counters included. */
function describeFlow(flow: FlowStats): string {
  const text = printFlow(flow)
  const counters = `duration=${flow.duration.toFixed(3)}s, table=${flow.table}, n_packets=${flow.packets}, n_bytes=${flow.bytes},`
  return text.replace(/table=\d+,/u, counters)
}
