import {createHash} from 'node:crypto'
import type {ApiServer} from '../../cluster/api.ts'
import {reviewAccess, reviewToken} from '../../cluster/reviews.ts'
import {names} from '../../model/names.ts'

/** Whether a bearer token may GET a path: the API server says who it is and what it may. */
export type Admission = 'allowed' | 'unauthenticated' | 'forbidden'

export type Admit = (token: string | undefined, path: string) => Promise<Admission>

const keep = 10_000
const mostKept = 1_000

/** Only "allowed" is remembered, for 10 s: just after an API server's start RBAC says no to everyone for a moment. */
export function openAdmission(api: ApiServer, now: () => number = () => performance.now()): Admit {
  const allowed = new Map<string, number>()
  return async (token, path) => {
    if (token === undefined || token === '') return 'unauthenticated'
    const key = createHash('sha256').update(`${token} ${path}`).digest('hex')
    if ((allowed.get(key) ?? -Infinity) > now()) return 'allowed'
    const caller = await reviewToken(api, token, names.tokenAudience)
    if (caller === undefined) return 'unauthenticated'
    if (!(await reviewAccess(api, caller, path))) return 'forbidden'
    if (allowed.size >= mostKept) allowed.clear()
    allowed.set(key, now() + keep)
    return 'allowed'
  }
}
