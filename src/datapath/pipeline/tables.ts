import {AntctlError} from '../../model/errors.ts'

/**
 * br-int's tables in the order in which a packet meets them. Names and order are Antrea's (docs/design/ovs-pipeline.md);
 * an id is the table's place in Antrea's complete list, so the gaps are the tables of features that we do not have yet.
 * A miss is what happens to a packet that no other flow of the table takes: `next` is the row below.
 */
export const tables = [
  {id: 0, name: 'PipelineRootClassifier', stage: 'start', miss: 'drop', asks: 'Is it ARP, IPv4 or something else?'},
  {id: 1, name: 'ARPSpoofGuard', stage: 'arp', miss: 'drop', asks: 'Does the sender own the addresses that it claims?'},
  {
    id: 2,
    name: 'ARPResponder',
    stage: 'arp',
    miss: 'drop',
    asks: 'Whose address is it: a port of ours, or a peer that we answer for?',
  },
  {id: 3, name: 'Classifier', stage: 'classify', miss: 'drop', asks: 'Which port did the packet come in by?'},
  {
    id: 4,
    name: 'SpoofGuard',
    stage: 'validate',
    miss: 'drop',
    asks: 'Is the source address the one that we gave that port?',
  },
  {id: 8, name: 'ConntrackZone', stage: 'connection', miss: 'next', asks: 'Which connection does it belong to?'},
  {id: 9, name: 'ConntrackState', stage: 'connection', miss: 'next', asks: 'Does it fit the state of that connection?'},
  {id: 21, name: 'L3Forwarding', stage: 'route', miss: 'drop', asks: 'Local Pod, tunnel, or the route of the Node?'},
  {
    id: 24,
    name: 'L3DecTTL',
    stage: 'route',
    miss: 'next',
    asks: 'Is this bridge the router, so that it counts as a hop?',
  },
  {id: 27, name: 'L2ForwardingCalc', stage: 'switch', miss: 'drop', asks: 'Which port has the destination MAC?'},
  {
    id: 34,
    name: 'ConntrackCommit',
    stage: 'connection',
    miss: 'next',
    asks: 'Is the connection new, so that it must be remembered?',
  },
  {id: 36, name: 'Output', stage: 'output', miss: 'drop', asks: 'Where does it leave?'},
] as const

export type Table = (typeof tables)[number]
export type TableName = Table['name']

const byName: ReadonlyMap<string, Table> = new Map(tables.map((table) => [table.name.toLowerCase(), table]))
const idByName: ReadonlyMap<string, number> = new Map(tables.map(({name, id}) => [name, id]))
const byId: ReadonlyMap<number, Table> = new Map(tables.map((table) => [table.id, table]))

/** The table's name; a table that the pipeline does not know keeps its number. */
export function tableName(id: number): string {
  return byId.get(id)?.name ?? String(id)
}

/** By name in any case, or by number, as people type it. */
export function tableId(nameOrNumber: string): number {
  const exact = idByName.get(nameOrNumber)
  if (exact !== undefined) return exact
  const number = /^\d{1,3}$/u.test(nameOrNumber) ? Number(nameOrNumber) : -1
  const table = byName.get(nameOrNumber.toLowerCase()) ?? byId.get(number)
  if (table !== undefined) return table.id
  throw new AntctlError('FLOW_INVALID', `${JSON.stringify(nameOrNumber)} is not a table of the pipeline`, {
    remedy: [`use one of ${tables.map(({name}) => name).join(', ')}`],
  })
}

/** The table that a miss goes on to; undefined where a miss is the end. */
export function nextTable(name: TableName): TableName | undefined {
  const at = tables.findIndex((table) => table.name === name)
  return tables[at]?.miss === 'next' ? tables[at + 1]?.name : undefined
}

/** The action that hands a packet on to a later table: OpenFlow refuses to go back (1.5.1, section 5.1). */
export function goto(from: TableName, to: TableName): string {
  return `goto_table:${forward(from, to)}`
}

/** The id of a later table, for actions that continue there after a recirculation. */
export function forward(from: TableName, to: TableName): number {
  if (tableId(to) > tableId(from)) return tableId(to)
  throw new AntctlError('FLOW_INVALID', `a packet cannot go from ${from} back to ${to}`)
}
