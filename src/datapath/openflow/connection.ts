import type {OvsPort} from '../../model/agent-api.ts'
import type {AntctlError} from '../../model/errors.ts'
import {type FlowChanges, sendBundle} from './bundle.ts'
import {malformed} from './codec.ts'
import type {FlowStats} from './flow.ts'
import {decodeFlowStats} from './flow-mod.ts'
import {encodeMatch} from './match.ts'
import {allTables, flowRequest, multipart, none, portDesc, portRequest, reservedPorts, tableStats} from './messages.ts'
import {type OpenFlowSession, openSession} from './session.ts'
import {type ForeignFlowChange, watchFlows} from './watch-flows.ts'

export type {FlowChanges} from './bundle.ts'
export type {ForeignFlowChange} from './watch-flows.ts'

export interface TableStats {
  readonly table: number
  readonly flows: number
  readonly lookups: bigint
  readonly matches: bigint
}

/** One OpenFlow 1.5 connection to one bridge. Every method rejects with code OPENFLOW. */
export interface OpenFlowConnection extends Disposable {
  /** All or nothing, in one atomic and ordered bundle: removals, then additions. The error names the refused flow. */
  bundle(changes: FlowChanges): Promise<void>
  dumpFlows(filter?: {readonly table?: number}): Promise<FlowStats[]>
  /** LOCAL, the bridge's own device, is left out. */
  ports(): Promise<OvsPort[]>
  /** Tables that hold no flow are left out. */
  tableStats(): Promise<TableStats[]>
  barrier(): Promise<void>
  /** Told of each change to any flow that was not made over this connection, from when the promise resolves. */
  watchFlows(onChange: (change: ForeignFlowChange) => void): Promise<Disposable>
  /** Called once: with the reason when the peer or an error ended it, with undefined after close(). */
  onClose(listener: (reason: AntctlError | undefined) => void): void
  close(): void
}

/** `socketPath` is the bridge's management socket, for example /var/run/openvswitch/br-int.mgmt. */
export async function connectOpenFlow(
  socketPath: string,
  {signal}: {readonly signal?: AbortSignal} = {},
): Promise<OpenFlowConnection> {
  const session = await openSession(socketPath, signal)
  let [bundles, watches] = [0, 0]
  // One bundle at a time: their refusals are told apart by who is filling one.
  let turn: Promise<unknown> = Promise.resolve()
  return {
    bundle(changes) {
      bundles += 1
      const id = bundles
      const done = turn.then(async () => sendBundle(session, changes, id))
      turn = done.catch(() => {})
      return done
    },
    dumpFlows: async ({table} = {}) => dumpFlows(session, table ?? allTables),
    ports: async () => listPorts(session),
    tableStats: async () => listTables(session),
    async barrier() {
      await session.request('a barrier', 'barrierRequest')
    },
    async watchFlows(onChange) {
      watches += 1
      return watchFlows(session, watches, onChange)
    },
    onClose: (listener) => session.onClose(listener),
    close: () => session.close(),
    [Symbol.dispose]: () => session.close(),
  }
}

async function dumpFlows(session: OpenFlowSession, table: number): Promise<FlowStats[]> {
  const filter = {table, outPort: none, outGroup: none, cookie: 0n, cookieMask: 0n}
  const parts = await session.request(
    'a dump of flows',
    'multipartRequest',
    multipart.encode({type: 'flowDesc', flags: 0}),
    flowRequest.encode(filter),
    encodeMatch({}),
  )
  return parts.flatMap(decodeFlowStats)
}

async function listPorts(session: OpenFlowSession): Promise<OvsPort[]> {
  const request = [multipart.encode({type: 'portDesc', flags: 0}), portRequest.encode({port: reservedPorts.ANY})]
  const parts = await session.request('the list of ports', 'multipartRequest', ...request)
  const ports: OvsPort[] = []
  for (const body of parts) {
    for (let at = 0; at < body.length;) {
      const {port, name, length} = portDesc.decode(body, at)
      if (length < portDesc.size) throw malformed(`a port description of ${length} bytes`)
      if (port !== reservedPorts.LOCAL) ports.push({name, ofPort: port})
      at += length
    }
  }
  return ports.toSorted((a, b) => a.ofPort - b.ofPort)
}

async function listTables(session: OpenFlowSession): Promise<TableStats[]> {
  const parts = await session.request(
    'table statistics',
    'multipartRequest',
    multipart.encode({type: 'table', flags: 0}),
  )
  return parts.flatMap((body) =>
    Array.from({length: Math.floor(body.length / tableStats.size)}, (_, index) => {
      const {table, active, lookups, matches} = tableStats.decode(body, index * tableStats.size)
      return {table, flows: active, lookups, matches}
    }).filter(({flows}) => flows > 0),
  )
}
