import {setTimeout as sleep} from 'node:timers/promises'
import {isDeepStrictEqual} from 'node:util'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {tunnelKind} from '../../model/tunnel.ts'
import type {Ovsdb} from '../../datapath/ovsdb/connection.ts'
import {openvSwitchConfig, setOpenvSwitchConfig} from '../../datapath/ovsdb/switch.ts'
import {type Inputs, sameInputs} from '../inputs.ts'
import type {Log} from '../log.ts'
import type {AgentState, Store} from '../state.ts'
import type {Wired} from './bring-up.ts'
import {openBell} from './bell.ts'
import type {Tunnels} from './tunnels.ts'
import {foreignChanges} from './wanted.ts'

export interface Keeping {
  readonly ovsdb: Ovsdb
  readonly store: Store
  readonly log: Log
  readonly inputs: Inputs
  readonly wired: Wired
  readonly signal: AbortSignal
  /** The tunnels to have now. */
  tunnels(): Tunnels
  /** Puts the bridges as they must be. */
  rewire(): Promise<Wired>
  /** The same, because somebody had changed them. */
  repair(): Promise<Wired>
  /** Compares the datapath with the machine, because devices may be new. */
  resync(): Promise<void>
  /** Called once flows are in force and Open vSwitch forwards by them. */
  onServing(): void
}

const restoreWait = 'flow-restore-wait'
/** Repairs within a minute that are made at once; each one more is made a second later, so that nobody is fought. */
const freeRepairs = 5
const longestPause = 30_000

/**
 * Once the flows are in force: lets ovs-vswitchd forward by them, then looks after each change of the database whether
 * bridges and ports are still as they must be, and puts them back, until the signal fires.
 */
export async function keepWiring(keeping: Keeping): Promise<void> {
  const {ovsdb, store, log, inputs, signal} = keeping
  using bell = openBell(signal)
  using stack = new DisposableStack()
  stack.defer(ovsdb.onChange(bell.ring))
  stack.defer(ovsdb.onReconnect(bell.ring))
  stack.defer(store.onChange((now, before) => isNews(now, before) && bell.ring()))
  let waiting: NodeJS.Timeout | undefined
  stack.defer(() => clearTimeout(waiting))
  let {wired} = keeping
  let isServing = false
  let repairs: readonly number[] = []
  for (; !signal.aborted; await bell.rung()) {
    if (!sameInputs(inputs, store)) throw new AntctlError('MACHINE', 'the podCIDR or the address of this Node changed')
    // What cannot be asked or written now is looked at when the connection is back.
    if (ovsdb.trouble() !== undefined) continue
    try {
      await letForward(ovsdb)
      if (!isServing) {
        isServing = true
        keeping.onServing()
      }
      const {ends, next} = keeping.tunnels()
      clearTimeout(waiting)
      if (next !== undefined) waiting = setTimeout(bell.ring, next + 1)
      if (!isDeepStrictEqual(ends, wired.wiring.tunnels)) {
        log.info({tunnels: ends.map(tunnelKind)}, 'tunnels follow the configuration')
        wired = await keeping.rewire()
        await keeping.resync()
      }
      const found = foreignChanges(ovsdb, wired.bridges)
      if (found.length === 0) {
        tell(store, undefined)
        continue
      }
      repairs = [...repairs.filter((at) => performance.now() - at < 60_000), performance.now()]
      await pauseFor(repairs.length, signal)
      log.warn({found, repairs: repairs.length}, 'bridges are put back as they must be')
      wired = await keeping.repair()
      await keeping.resync()
    } catch (error) {
      if (signal.aborted) return
      log.error({err: error}, 'bridges not as they must be')
      tell(store, sentenceOf(error))
      await sleep(1_000, undefined, {signal}).catch(() => undefined)
      bell.ring()
    }
  }
}

/** A podCIDR or an address of this Node may be another, or the tunnel's form. */
function isNews(now: AgentState, before: AgentState): boolean {
  return now.nodes !== before.nodes || now.loaded !== before.loaded
}

/** Why packets may not yet go by our flows; undefined when they do. */
export function restoreTrouble(ovsdb: Ovsdb): string | undefined {
  return openvSwitchConfig(ovsdb, restoreWait) === 'true'
    ? 'ovs-vswitchd waits for the flows (flow-restore-wait) and forwards only what it knew before'
    : undefined
}

/** start-ovs sets it before each start of ovs-vswitchd on the kernel's datapath: cached flows go on until ours are in. */
async function letForward(ovsdb: Ovsdb): Promise<void> {
  if (restoreTrouble(ovsdb) !== undefined) await setOpenvSwitchConfig(ovsdb, {[restoreWait]: undefined})
}

async function pauseFor(repairs: number, signal: AbortSignal): Promise<void> {
  const pause = Math.min(Math.max(0, repairs - freeRepairs) * 1_000, longestPause)
  if (pause > 0) await sleep(pause, undefined, {signal}).catch(() => undefined)
}

function tell(store: Store, wiringTrouble: string | undefined): void {
  if (store.now().wiringTrouble !== wiringTrouble) store.update({wiringTrouble})
}
