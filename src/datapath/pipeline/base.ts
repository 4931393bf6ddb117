import {names} from '../../model/names.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import type {TunnelEnd} from '../../model/tunnel.ts'
import type {Flow} from '../openflow/flow.ts'
import {cookieOf} from './cookies.ts'
import {set, setOutPort, where} from './fields.ts'
import {priorities} from './priorities.ts'
import {goto, nextTable, tableId, tables} from './tables.ts'

const cookie = cookieOf('base')

/** What holds for every packet on every Node: the way in, the hop count, the way out, and each table's miss. */
export function baseFlows({tunnels}: Pick<NodeWiring, 'tunnels'>): readonly Flow[] {
  return [...wayIn(), ...hopCount(), ...wayOut(tunnels[0]), ...misses()]
}

function wayIn(): readonly Flow[] {
  const root = {table: tableId('PipelineRootClassifier'), priority: priorities.normal, cookie}
  return [
    {...root, match: {arp: ''}, actions: [goto('PipelineRootClassifier', 'ARPSpoofGuard')]},
    {...root, match: {ip: ''}, actions: [goto('PipelineRootClassifier', 'Classifier')]},
    {...root, match: {ipv6: ''}, actions: ['drop']},
  ]
}

/** The kernel has counted its own hop already for what comes from the gateway. */
function hopCount(): readonly Flow[] {
  const table = tableId('L3DecTTL')
  const next = goto('L3DecTTL', 'L2ForwardingCalc')
  const fromGateway = {ip: '', ...where('source', 'gateway')}
  return [
    {table, priority: priorities.high, cookie, match: fromGateway, actions: [next]},
    {table, priority: priorities.normal, cookie, match: {ip: ''}, actions: ['dec_ttl', next]},
  ]
}

/** A packet never leaves by the port that it came in by: plain output leaves out in_port. */
function wayOut(tunnel: TunnelEnd): readonly Flow[] {
  return [
    {
      table: tableId('L2ForwardingCalc'),
      priority: priorities.normal,
      cookie,
      match: {dl_dst: names.virtualMac, ...where('destination', 'tunnel')},
      actions: [setOutPort(tunnel.ofport), set('output', 'toPort'), goto('L2ForwardingCalc', 'ConntrackCommit')],
    },
    {
      table: tableId('Output'),
      priority: priorities.normal,
      cookie,
      match: where('output', 'toPort'),
      actions: ['output:NXM_NX_REG1[]'],
    },
  ]
}

function misses(): readonly Flow[] {
  return tables.map(({id, name}) => {
    const next = nextTable(name)
    const actions = [next === undefined ? 'drop' : goto(name, next)]
    return {table: id, priority: priorities.miss, cookie, match: {}, actions}
  })
}
