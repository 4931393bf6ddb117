import type {Bench} from './add.ts'
import {nextAddress} from './addresses.ts'
import {CniError} from './error.ts'
import {takenAddresses} from './taken.ts'

/** Silent while an ADD would be served; else 50, or 51 when wired Pods may be cut off as well. */
export function statusOf({plant, desk}: Bench): void {
  const {ports, wiring, trouble} = plant
  if (trouble !== undefined) throw new CniError(trouble.reachesWired ? 51 : 50, trouble.sentence)
  if (ports === undefined || wiring === undefined) throw new CniError(50, 'the agent is not ready yet')
  try {
    nextAddress(wiring.podCidr, takenAddresses(ports, desk))
  } catch (error) {
    throw new CniError(50, error instanceof Error ? error.message : 'no address is left', {cause: error})
  }
}
