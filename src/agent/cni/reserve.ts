import {AntctlError} from '../../model/errors.ts'
import type {Ip} from '../../model/address.ts'
import type {Bench} from './add.ts'
import {nextAddress} from './addresses.ts'
import {takenAddresses} from './taken.ts'

/** Addresses that no Pod gets until they are disposed of. */
export interface Reserved extends Disposable {
  readonly ips: readonly Ip[]
}

/** For an interface of that name, which is no Pod's. Throws PODS_EXHAUSTED. */
export function reserveAddresses(interfaceName: string, count: number, {plant, desk}: Bench): Reserved {
  const {ports, wiring, trouble} = plant
  if (trouble !== undefined || ports === undefined || wiring === undefined) {
    throw new AntctlError('MACHINE', trouble?.sentence ?? 'the agent is not ready yet')
  }
  using undo = new DisposableStack()
  const ips = Array.from({length: count}, (_, at) => {
    const ip = nextAddress(wiring.podCidr, takenAddresses(ports, desk), desk.last ?? ports.lastGiven())
    // The sweep leaves alone what is called as an interface under way.
    const key = at === 0 ? interfaceName : `${interfaceName} ${at}`
    desk.adding.set(key, ip)
    desk.last = ip
    undo.defer(() => desk.adding.delete(key))
    return ip
  })
  const done = undo.move()
  return {ips, [Symbol.dispose]: () => done.dispose()}
}
