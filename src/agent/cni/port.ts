import {describePod} from '../../model/pod.ts'
import type {Attaching} from '../../datapath/ovsdb/switch.ts'
import type {ReadyBench} from './add.ts'
import {ofportFor} from './addresses.ts'
import type {WiredPod} from './pods.ts'

/**
 * Open vSwitch looks at every port of a bridge when one is added, and answers nobody meanwhile: an ADD that waits for that
 * takes 0.15 ms longer with each Pod there is, on the userspace datapath. So a Pod's flows go before its port, whose number
 * is known, and an ADD that is alone does not wait for the device to be opened. It waits when others are under way, or when
 * the switch was slow to take the flows: then that may take long.
 */
export interface PortOnItsWay extends AsyncDisposable {
  /** Resolves when they are as good as in force (the link can be made meanwhile), or must wait for the port. */
  sendFlows(): Promise<void>
  /** To be called when the device is there. */
  attach(): void
  /** To be called when the link is there: what the kernel keeps by device is put while the database is busy. */
  guard(): void
  /** Resolves when the ADD can be answered. `opened` never rejects. */
  attached(): Promise<{readonly ofport: number; readonly opened: Promise<void>}>
}

/** Milliseconds in which a switch takes a Pod's flows, unless it is held up by more than a look at its ports. */
const prompt = 25

/** Disposed of, it is as if there had never been one, but for what the database has. */
export function openPort(pod: Omit<WiredPod, 'ofport'>, bench: ReadyBench): PortOnItsWay {
  const {plant, ports, desk, wiring} = bench
  const {interfaceName} = pod
  const [ip] = pod.ips
  const wanted = ip === undefined ? undefined : ofportFor(ip, wiring.podCidr, ports)
  let isPrompt = false
  const settling: Promise<void>[] = []
  const settle = (coming: WiredPod): Promise<void> => {
    desk.coming.set(interfaceName, coming)
    const settled = plant.settle(desk)
    // Heard by attached(), which may never be called.
    settled.catch(() => undefined)
    settling.push(settled)
    return settled
  }
  let attaching: Attaching | undefined
  const attach = (): Attaching => (attaching ??= ports.attach(pod, wanted))
  const forget = () => void desk.coming.delete(interfaceName)
  const open = async (): Promise<number> => {
    const {ofport} = await attach().opened
    forget()
    await plant.settle(desk)
    return ofport
  }
  const openLate = async (): Promise<void> => {
    try {
      await open()
    } catch (error) {
      forget()
      plant.warn(error, `Pod ${describePod(pod)} has no port yet, it is tried again`)
    }
  }
  return {
    sendFlows: async () => {
      if (wanted === undefined) return
      const start = performance.now()
      const sent = plant.nextFlows()
      const settled = settle({...pod, ofport: wanted, hasDevice: false})
      const timed = settled.then(() => void (isPrompt = performance.now() - start < prompt))
      await Promise.race([timed, ...(sent === undefined ? [] : [sent])])
    },
    attach: () => void attach(),
    guard: () => {
      if (wanted !== undefined) void settle({...pod, ofport: wanted})
    },
    attached: async () => {
      await Promise.all([attach().committed, ...settling])
      const isAlone = desk.adding.size === 1
      if (wanted !== undefined && isPrompt && isAlone) return {ofport: wanted, opened: openLate()}
      return {ofport: await open(), opened: Promise.resolve()}
    },
    [Symbol.asyncDispose]: async () => {
      forget()
      // What the database takes after all, it takes before it is asked to forget it.
      await attaching?.committed.catch(() => undefined)
    },
  }
}
