import type {AntctlError} from '../../model/errors.ts'
import {type FlowChanges, sendBundle} from './bundle.ts'
import {decodeEvent, type SwitchEvent} from './events.ts'
import {type BucketChange, changeBuckets} from './group-mod.ts'
import type {Meter} from './meter.ts'
import {putMeters, removeMeters} from './meters.ts'
import {encodeControllerId, encodePacketInFormat, encodeResume} from './nicira.ts'
import {encodePacketOut, type PacketIn, type PacketOut} from './packets.ts'
import {openSession} from './session.ts'
import {type Statistics, statisticsOf} from './statistics.ts'
import {
  type AsyncConfig,
  decodeAsyncConfig,
  encodeAsyncConfig,
  type Role,
  role,
  switchConfig,
  type SwitchFeatures,
  switchFeatures,
} from './switch-info.ts'
import {type ForeignFlowChange, watchFlows} from './watch-flows.ts'

export type {FlowChanges} from './bundle.ts'
export type {TableStats} from './statistics.ts'
export type {ForeignFlowChange} from './watch-flows.ts'

/** One OpenFlow 1.5 connection to one bridge. Every method rejects with code OPENFLOW. */
export interface OpenFlowConnection extends Statistics, Disposable {
  /**
   * All or nothing, in one atomic and ordered bundle: groups, removals, additions, then the removal of groups. The error
   * names what was refused.
   */
  bundle(changes: FlowChanges): Promise<void>
  /** Resolves when the switch took all of a bundle and is told to put it in force, whichever bundle is next. */
  nextCommit(): Promise<void>
  changeBuckets(change: BucketChange): Promise<void>
  /** Adds meters, or changes those that are there; one after the other. */
  putMeters(meters: readonly Meter[]): Promise<void>
  removeMeters(ids: readonly number[]): Promise<void>
  barrier(): Promise<void>
  /** Told of each change to any flow that was not made over this connection, from when the promise resolves. */
  watchFlows(onChange: (change: ForeignFlowChange) => void): Promise<Disposable>
  sendPacket(packetOut: PacketOut): Promise<void>
  /** Packets that flows send to a controller with this id (0 is the one that "controller" alone means). */
  onPacketIn(listener: (packetIn: PacketIn) => void, options?: {readonly controllerId?: number}): Promise<Disposable>
  /** Lets a packet go on that controller(pause) held, once. */
  resume(packetIn: PacketIn): Promise<void>
  /** Ports that come, go or change, flows that end, and packets: as far as asyncConfig() lets them through. */
  onEvent(listener: (event: SwitchEvent) => void): Disposable
  features(): Promise<SwitchFeatures>
  /** Which events are told; returns what holds afterwards. */
  asyncConfig(change?: AsyncConfig): Promise<AsyncConfig>
  /** "same" only asks. `generation` counts the elections of a primary. */
  role(wanted: Role, generation?: bigint): Promise<Role>
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
  let next = Promise.withResolvers<void>()
  const onCommit = (): void => {
    next.resolve()
    next = Promise.withResolvers()
  }
  const only = ([body]: readonly Buffer[]): Buffer => body ?? Buffer.alloc(0)
  const onEvent = (listener: (event: SwitchEvent) => void): Disposable =>
    session.onMessage((received) => {
      const event = decodeEvent(received)
      if (event !== undefined) listener(event)
    })
  return {
    ...statisticsOf(session),
    bundle(changes) {
      bundles += 1
      const id = bundles
      const done = turn.then(async () => sendBundle(session, changes, {id, onCommit}))
      turn = done.catch(() => {})
      return done
    },
    nextCommit: () => next.promise,
    changeBuckets: async (change) =>
      session.command(`buckets of group ${change.group.id}`, 'groupMod', changeBuckets(change)),
    putMeters: async (meters) => putMeters(session, meters),
    removeMeters: async (ids) => removeMeters(session, ids),
    async barrier() {
      await session.request('a barrier', 'barrierRequest')
    },
    async watchFlows(onChange) {
      watches += 1
      return watchFlows(session, watches, onChange)
    },
    sendPacket: async (packetOut) => session.command('a packet', 'packetOut', encodePacketOut(packetOut)),
    async onPacketIn(listener, {controllerId = 0} = {}) {
      const listening = onEvent((told) => told.event === 'packetIn' && listener(told.packetIn))
      const asking = [
        session.command('the form of packet-ins', 'experimenter', encodePacketInFormat()),
        session.command('our controller id', 'experimenter', encodeControllerId(controllerId)),
        // A new connection gets none: its switch would send nothing of a packet that misses.
        session.command('packet-ins', 'setConfig', switchConfig.encode({fragments: 'normal', missSendLength: 0xffff})),
      ]
      await Promise.all(asking).catch((error: unknown) => {
        listening[Symbol.dispose]()
        throw error
      })
      return listening
    },
    resume: async (packetIn) => session.command('to let a packet go on', 'experimenter', encodeResume(packetIn)),
    onEvent,
    features: async () =>
      switchFeatures.decode(only(await session.request('the features of the switch', 'featuresRequest'))),
    async asyncConfig(change) {
      if (change !== undefined) await session.command('which events are told', 'setAsync', encodeAsyncConfig(change))
      return decodeAsyncConfig(only(await session.request('which events are told', 'getAsyncRequest')))
    },
    async role(wanted, generation = 0n) {
      const request = role.encode({role: wanted, shortId: 0xffff, generation})
      return role.decode(only(await session.request(`the role "${wanted}"`, 'roleRequest', request))).role
    },
    onClose: (listener) => session.onClose(listener),
    close: () => session.close(),
    [Symbol.dispose]: () => session.close(),
  }
}
