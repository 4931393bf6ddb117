import {randomBytes} from 'node:crypto'
import {hostname, userInfo} from 'node:os'

const restarting = ' (antctl restart)'

/** Names this process among all that might change the cluster. */
export function holderName(): string {
  return `${userInfo().username}@${hostname()} ${randomBytes(3).toString('hex')}`
}

export function restarterName(): string {
  return `${holderName()}${restarting}`
}

/** Does it restart agents, and carries no change out? */
export function isRestarter(holder: string): boolean {
  return holder.endsWith(restarting)
}
