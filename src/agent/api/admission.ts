import {createHash} from 'node:crypto'
import type {ApiServer} from '../../cluster/api.ts'
import {type Caller, reviewAccess, reviewToken} from '../../cluster/reviews.ts'
import {names} from '../../model/names.ts'

/** Whether a bearer token may GET a path: the API server says who it is and what it may. */
export type Admission = 'allowed' | 'unauthenticated' | 'forbidden'

export type Admit = (token: string | undefined, path: string) => Promise<Admission>

const keep = 10_000
const mostKept = 1_000

interface Known {
  readonly caller: Caller
  readonly until: number
  readonly allowed: Set<string>
}

/**
 * Only what is in the caller's favour is remembered, for 10 s from when the token was looked up: just after an API
 * server's start RBAC says no to everyone for a moment.
 */
export function openAdmission(api: ApiServer, now: () => number = () => performance.now()): Admit {
  const callers = new Map<string, Known>()
  const known = async (token: string): Promise<Known | undefined> => {
    const key = createHash('sha256').update(token).digest('hex')
    const before = callers.get(key)
    if (before !== undefined && before.until > now()) return before
    const caller = await reviewToken(api, token, names.tokenAudience)
    if (caller === undefined) return undefined
    if (callers.size >= mostKept) callers.clear()
    const found = {caller, until: now() + keep, allowed: new Set<string>()}
    callers.set(key, found)
    return found
  }
  return async (token, path) => {
    if (token === undefined || token === '') return 'unauthenticated'
    const who = await known(token)
    if (who === undefined) return 'unauthenticated'
    if (who.allowed.has(path)) return 'allowed'
    if (!(await reviewAccess(api, who.caller, path))) return 'forbidden'
    if (who.allowed.size < mostKept) who.allowed.add(path)
    return 'allowed'
  }
}
