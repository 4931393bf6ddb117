import {AntctlError} from '../../model/errors.ts'
import type {StoredLease} from '../../cluster/change-lease.ts'
import type {ChangeStore, Clock} from './cluster.ts'
import {isRestarter} from './holder.ts'

/** Milliseconds. Who has not renewed it for `life` is taken for gone. */
export const leaseTimes = {life: 15_000, renewal: 5_000} as const

export interface HeldLease {
  /** Renews it when it is time to; CHANGE_RUNNING when somebody else holds it. */
  keep(): Promise<void>
  release(): Promise<void>
}

export type LeaseCluster = Pick<ChangeStore, 'readLease' | 'writeLease'> & Clock

/** Where somebody holds it: once nobody has renewed it for its whole life. Seen here, since clocks differ. */
export async function takeLease(
  cluster: LeaseCluster,
  holder: string,
  onWait: (why: string) => void,
): Promise<HeldLease> {
  let lease = await forsaken(cluster, holder, onWait)
  let renewedAt = cluster.now()
  const write = async () => {
    lease = await writeOver(cluster, holder, lease)
    renewedAt = cluster.now()
  }
  await write()
  // Several questions are asked of the cluster at once: two renewals would each find the other's and take it for a foreign one.
  let renewing: Promise<void> | undefined
  return {
    keep: async () => {
      if (renewing === undefined && cluster.now() - renewedAt < leaseTimes.renewal) return
      renewing ??= write().finally(() => {
        renewing = undefined
      })
      await renewing
    },
    release: async () => {
      const now = await cluster.readLease()
      if (now.holder === holder) await cluster.writeLease(undefined, now.place)
    },
  }
}

async function forsaken(cluster: LeaseCluster, own: string, onWait: (why: string) => void): Promise<StoredLease> {
  const first = await cluster.readLease()
  if (first.holder === undefined || first.holder === own) return first
  onWait(`${first.holder} may still be at it: waiting up to ${leaseTimes.life / 1_000} s for a sign of life`)
  const end = cluster.now() + leaseTimes.life
  for (;;) {
    await cluster.sleep(1_000)
    const now = await cluster.readLease()
    if (now.holder === undefined) return now
    if (now.renewed !== first.renewed || now.holder !== first.holder) throw driven(now.holder)
    if (cluster.now() >= end) return now
  }
}

/** A write whose answer was lost is ours nevertheless. */
async function writeOver(cluster: LeaseCluster, holder: string, lease: StoredLease): Promise<StoredLease> {
  try {
    return await cluster.writeLease(holder, lease.place)
  } catch (error) {
    if (!(error instanceof AntctlError) || error.code !== 'API_CONFLICT') throw error
    const now = await cluster.readLease()
    if (now.holder === holder) return cluster.writeLease(holder, now.place)
    if (now.holder === undefined) throw error
    throw driven(now.holder)
  }
}

function driven(holder: string): AntctlError {
  if (isRestarter(holder)) {
    return new AntctlError('CHANGE_RUNNING', `${holder} is at it: agents are started anew`, {
      remedy: ['run it again when that has ended; antctl set-mode --status says who is at it'],
    })
  }
  return new AntctlError('CHANGE_RUNNING', `${holder} is carrying this change out`, {
    remedy: ['antctl set-mode --status', 'antctl set-mode --abort stops it where it stands'],
  })
}
