import {AntctlError} from '../../model/errors.ts'
import type {StoredLease} from '../../cluster/change-lease.ts'
import type {ChangeStore, Clock} from './cluster.ts'

/** Milliseconds. Who has not renewed it for `life` is taken for gone. */
export const leaseTimes = {life: 15_000, renewal: 5_000} as const

export interface HeldLease {
  /** Renews it when it is time to; CHANGE_RUNNING when somebody else holds it. */
  keep(): Promise<void>
  release(): Promise<void>
}

type LeaseCluster = Pick<ChangeStore, 'readLease' | 'writeLease'> & Clock

export interface TakingLease {
  /** Somebody may hold it: until nobody has renewed it for its whole life. Seen here, since clocks differ. */
  readonly observe: boolean
  readonly onWait: (why: string) => void
}

export async function takeLease(
  cluster: LeaseCluster,
  holder: string,
  {observe, onWait}: TakingLease,
): Promise<HeldLease> {
  let lease = observe ? await forsaken(cluster, holder, onWait) : await cluster.readLease()
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
  return new AntctlError('CHANGE_RUNNING', `${holder} is carrying this change out`, {
    remedy: ['antctl set-mode --status', 'antctl set-mode --abort stops it where it stands'],
  })
}
