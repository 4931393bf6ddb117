import {askFlows, askPodInterfaces} from '../../cluster/agent-answers.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import {askOwnedFlows} from '../../cluster/own-answers.ts'
import type {Session} from '../../cluster/session.ts'
import {tableName} from '../../datapath/pipeline/tables.ts'
import {AntctlError} from '../../model/errors.ts'
import {describePod, type PodName} from '../../model/pod.ts'
import {ownWords} from '../flows/compare.ts'
import {type DecodedFlow, decodeFlow} from '../flows/decode.ts'
import {dictionaryOf, upstreamDictionary} from '../flows/dictionary.ts'
import {type FlowFilter, passes, type PodMarks} from '../flows/filter.ts'
import {parseFlowLine} from '../flows/rows.ts'
import {upstreamOwner} from '../flows/upstream-owner.ts'
import {fromEachNode, type NodeAnswers} from './each-node.ts'

/** Which flows: by table and Pod the agent chooses, by the rest we do. */
export interface FlowWish extends Omit<FlowFilter, 'pod' | 'tables' | 'port'> {
  readonly tables: readonly string[]
  readonly pod?: PodName | undefined
  /** An OVS port's name or number. */
  readonly port?: string | undefined
  /** They are to be compared with those of another Node. */
  readonly alike?: boolean
  /** Only upstream's agents know these: service, networkpolicy, type, groups. */
  readonly upstream?: Readonly<Record<string, string | undefined>>
}

/** Flows of these Nodes, each with what it says in words. */
export function decodedFlows(
  session: Sources,
  nodes: readonly string[],
  wish: FlowWish,
  signal: AbortSignal,
): Promise<NodeAnswers<readonly DecodedFlow[]>> {
  const own = new Set(session.infos.filter(isOurAgent).map(nodeOf))
  return fromEachNode(nodes, (node) => (own.has(node) ? ownFlows : upstreamFlows)(session, node, wish), signal)
}

type Sources = Pick<Session, 'infos' | 'everyone' | 'roads'>

async function ownFlows({everyone, roads}: Sources, node: string, wish: FlowWish): Promise<readonly DecodedFlow[]> {
  requireNothingOfUpstream(wish)
  const told = await askOwnedFlows(roads, node, wish.tables)
  const dictionary = dictionaryOf(told, everyone)
  const alike = ownWords(told)
  const name = wish.pod && describePod(wish.pod)
  const pod = told.pods.find((one) => one.pod === name)
  const ports = told.ports.filter((port) => port.pod === name)
  const filter = {
    ...wish,
    tables: undefined,
    pod: name === undefined ? undefined : marksOf(ports, pod),
    port: portMarks(told.ports, wish.port),
  }
  return told.flows
    .map(({flow, owner}) => decodeFlow(parseFlowLine(flow, tableName), dictionary, owner))
    .filter((flow) => passes(filter, flow))
    .map((flow) => (wish.alike === true ? {...flow, alike: alike(flow)} : flow))
}

const notThere: Readonly<Record<string, string>> = {
  service: 'Services: kube-proxy does them',
  networkpolicy: 'NetworkPolicies, which are not enforced yet',
  groups: 'OpenFlow groups',
}

function requireNothingOfUpstream({upstream = {}}: FlowWish): void {
  const what = Object.keys(upstream).find((key) => upstream[key] !== undefined && Object.hasOwn(notThere, key))
  if (what === undefined) return
  throw new AntctlError('NOT_AVAILABLE', `antctl's own agents have no flows for ${notThere[what] ?? what}`, {
    remedy: ['antctl get ovsflows shows what is there'],
  })
}

/** Of a Pod, a Service or a policy upstream's agents tell the flows; then tables are left to us. */
async function upstreamFlows(
  {everyone, roads}: Sources,
  node: string,
  wish: FlowWish,
): Promise<readonly DecodedFlow[]> {
  const interfaces = await askPodInterfaces(roads, node)
  const {pod, upstream = {}} = wish
  const isChosen = pod !== undefined || Object.values(upstream).some((value) => value !== undefined)
  const query = {pod: pod?.name, namespace: pod?.namespace, tables: isChosen ? [] : wish.tables, ...upstream}
  const flows = await askFlows(roads, node, query)
  const dictionary = upstreamDictionary(interfaces, everyone)
  const ports = interfaces.map(({interfaceName: name, ofPort}) => ({name, ofPort}))
  const filter = {
    ...wish,
    pod: undefined,
    tables: isChosen && wish.tables.length > 0 ? new Set(wish.tables.map((table) => table.toLowerCase())) : undefined,
    port: portMarks(ports, wish.port),
  }
  return flows
    .map(({flow}) => parseFlowLine(flow))
    .map((row) => decodeFlow(row, dictionary, upstreamOwner(row.cookie)))
    .filter((flow) => passes(filter, flow))
}

type Port = {readonly name: string; readonly ofPort: number}

function marksOf(
  ports: readonly Port[],
  pod: {readonly ips: readonly string[]; readonly mac: string} | undefined,
): PodMarks {
  return {
    ports: ports.flatMap(({name, ofPort}) => [name, String(ofPort)]),
    addresses: pod === undefined ? [] : [...pod.ips, pod.mac],
  }
}

/** A port that is not there is looked for all the same: a flow may be left of it. */
function portMarks(ports: readonly Port[], wanted: string | undefined): readonly string[] | undefined {
  if (wanted === undefined) return undefined
  const port = ports.find(({name, ofPort}) => name === wanted || String(ofPort) === wanted)
  return port === undefined ? [wanted] : [port.name, String(port.ofPort)]
}
