import type {AgentEvent, Deviation, KernelNeighbor, KernelRoute, NodePort, Peer} from '../model/agent-api.ts'
import type {Column} from './table.ts'

/** The columns of what one Node holds; each row says which Node. */
export type OfNode<Row> = Row & {readonly node: string}

const node = {title: 'NODE', value: ({node: name}: {readonly node: string}) => name}

/** Our agents' routes carry this number, which no program's list of protocols has a word for. */
const ownProtocol = '165'

/** `for`: the Node that the route leads to, or whose address it is. */
export type RouteRow = OfNode<KernelRoute> & {readonly for?: string}
export const routeColumns: readonly Column<RouteRow>[] = [
  node,
  {title: 'TO', value: ({to}) => to},
  {title: 'VIA', value: ({via}) => via},
  {title: 'DEV', value: ({dev, type}) => type ?? dev},
  {title: 'FOR', value: (row) => row.for},
  {title: 'PROTO', value: ({protocol}) => (protocol === ownProtocol ? 'antctl' : protocol), spare: 1},
  {title: 'TABLE', value: ({table}) => table ?? 'main', spare: 2},
  {title: 'MTU', value: ({mtu}) => mtu, align: 'right', spare: 3},
  {title: 'SRC', value: ({src}) => src, spare: 4},
  {title: 'METRIC', value: ({metric}) => metric, align: 'right', spare: 5},
  {title: 'SCOPE', value: ({scope}) => scope, wide: true},
  {title: 'ONLINK', value: ({onlink}) => (onlink === true ? 'yes' : undefined), wide: true},
]

export type NeighborRow = OfNode<KernelNeighbor> & {readonly for?: string}
export const neighborColumns: readonly Column<NeighborRow>[] = [
  node,
  {title: 'IP', value: ({ip}) => ip},
  {title: 'DEV', value: ({dev}) => dev},
  {title: 'MAC', value: ({mac}) => mac},
  {
    title: 'STATE',
    value: ({state}) => state,
    paint: ({state}, theme) => (state === 'failed' || state === 'incomplete' ? theme.bad : undefined),
  },
  {title: 'FOR', value: (row) => row.for, spare: 1},
]

/** `kind`: rule, podCIDR, guard, stray guard or another program's table. */
export interface NftRow {
  readonly node: string
  readonly kind: string
  readonly what: string
}
export const nftColumns: readonly Column<NftRow>[] = [
  node,
  {title: 'KIND', value: ({kind}) => kind},
  {title: 'WHAT', value: ({what}) => what},
]

export const deviationColumns: readonly Column<OfNode<Deviation>>[] = [
  node,
  {title: 'KIND', value: ({kind}) => kind},
  {title: 'PROBLEM', value: ({problem}) => problem, paint: (_row, theme) => theme.warn},
  {title: 'FOR', value: ({owner}) => owner},
  {title: 'WHAT', value: ({what}) => what},
  {title: 'INSTEAD', value: ({found}) => found, spare: 1},
]

/** Of our agents with their way; of upstream's with what their gossip says. */
export type PeerRow = OfNode<Partial<Omit<Peer, 'name' | 'transportIp'>>> & {
  readonly peer: string
  readonly transportIp: string
  readonly status?: string
}
export const peerColumns: readonly Column<PeerRow>[] = [
  node,
  {title: 'PEER', value: ({peer}) => peer},
  {title: 'WAY', value: ({way}) => way},
  {title: 'SUBNET', value: ({sameSubnet}) => (sameSubnet === undefined ? undefined : sameSubnet ? 'same' : 'other')},
  {title: 'TRANSPORT', value: ({transportIp}) => transportIp},
  {title: 'PODCIDR', value: ({podCidr}) => podCidr, spare: 1},
  {title: 'STATUS', value: ({status}) => status, spare: 2},
]

export const portColumns: readonly Column<OfNode<NodePort>>[] = [
  node,
  {title: 'BRIDGE', value: ({bridge}) => bridge, spare: 3},
  {title: 'PORT', value: ({name}) => name},
  {title: 'OF-PORT', value: ({ofPort}) => ofPort, align: 'right'},
  {title: 'TYPE', value: ({type}) => (type === '' ? 'device' : type)},
  {title: 'FOR', value: ({pod, options, error}) => error ?? pod ?? optionWords(options), paint: paintPort},
  {title: 'RX', value: ({rxPackets}) => rxPackets, align: 'right', spare: 1},
  {title: 'TX', value: ({txPackets}) => txPackets, align: 'right', spare: 1},
  {title: 'DROPS', value: ({rxDropped, txDropped}) => total(rxDropped, txDropped), align: 'right', spare: 2},
  {title: 'ERRORS', value: ({rxErrors, txErrors}) => total(rxErrors, txErrors), align: 'right', spare: 2},
  {title: 'MAC', value: ({mac}) => mac, wide: true},
]

function paintPort({error}: NodePort, theme: {readonly bad: (text: string) => string}) {
  return error === undefined ? undefined : theme.bad
}

function optionWords(options: NodePort['options']): string | undefined {
  return (
    options &&
    Object.entries(options)
      .map(([key, value]) => `${key}=${value}`)
      .join(' ')
  )
}

function total(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0)
}

export interface MetricRow {
  readonly node: string
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}
export const metricColumns: readonly Column<MetricRow>[] = [
  node,
  {title: 'METRIC', value: ({metric}) => metric},
  {
    title: 'LABELS',
    value: ({labels}) =>
      Object.entries(labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
  },
  {title: 'VALUE', value: ({value}) => value, align: 'right'},
]

/** Rows that several Nodes share. */
export interface GateRow {
  readonly component: string
  readonly name: string
  readonly status: string
  readonly version: string
  readonly nodes: readonly string[]
}
export const gateColumns: readonly Column<GateRow>[] = [
  {title: 'COMPONENT', value: ({component}) => component},
  {title: 'FEATUREGATE', value: ({name}) => name},
  {title: 'STATUS', value: ({status}) => status},
  {title: 'VERSION', value: ({version}) => version},
  {title: 'NODES', value: ({nodes}) => nodes.join(',')},
]

export interface ConfigRow {
  readonly key: string
  readonly value: string | number | boolean
  /** default, configmap/antrea-config or antreanodeconfig/NAME. */
  readonly source: string
  readonly nodes: readonly string[]
}
export const configColumns: readonly Column<ConfigRow>[] = [
  {title: 'KEY', value: ({key}) => key},
  {title: 'VALUE', value: ({value}) => (value === '' ? '""' : String(value))},
  {title: 'FROM', value: ({source}) => source},
  {title: 'NODES', value: ({nodes}) => nodes.join(',')},
]

export const eventColumns: readonly Column<OfNode<AgentEvent>>[] = [
  node,
  {title: 'TIME', value: ({time}) => time.slice(11, 19)},
  {
    title: 'KIND',
    value: ({kind}) => kind,
    paint: ({kind}, theme) => (kind === 'trouble' || kind === 'contest' ? theme.warn : undefined),
  },
  {title: 'WHAT', value: ({sentence}) => sentence},
  {
    title: 'DETAILS',
    value: ({details = {}}) =>
      Object.entries(details)
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
    wide: true,
  },
]
