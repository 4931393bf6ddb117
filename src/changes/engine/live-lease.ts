import {setTimeout as sleep} from 'node:timers/promises'
import type {ApiServer} from '../../cluster/api.ts'
import {readLease, writeLease} from '../../cluster/change-lease.ts'
import {type LeaseCluster, leaseTimes} from './lease.ts'

/** Milliseconds: nothing that its holder asks may take as long as the lease lives. */
export const callTimeout = 8_000

export function liveLease(api: ApiServer): LeaseCluster {
  const options = {timeout: callTimeout}
  return {
    readLease: () => readLease(api, options),
    writeLease: (holder, place) => writeLease(api, {holder, place, seconds: leaseTimes.life / 1_000}, options),
    now: () => Date.now(),
    sleep: (milliseconds) => sleep(milliseconds),
  }
}
