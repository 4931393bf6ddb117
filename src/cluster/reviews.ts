import * as v from 'valibot'
import type {ApiServer} from './api.ts'

/** Who a token belongs to, as the API server says. */
export interface Caller {
  readonly username: string
  readonly uid?: string | undefined
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
}

const tokenReviewSchema = v.object({
  status: v.object({
    authenticated: v.optional(v.boolean(), false),
    audiences: v.optional(v.array(v.string()), []),
    user: v.optional(
      v.object({
        username: v.optional(v.string(), ''),
        uid: v.optional(v.string()),
        groups: v.optional(v.array(v.string()), []),
        extra: v.optional(v.record(v.string(), v.array(v.string())), {}),
      }),
    ),
  }),
})

/** authentication.k8s.io/v1: undefined when the token is none of ours or was meant for another audience. */
export async function reviewToken(api: ApiServer, token: string, audience: string): Promise<Caller | undefined> {
  const review = {apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: {token, audiences: [audience]}}
  const answer = await api.post('/apis/authentication.k8s.io/v1/tokenreviews', review, {timeout: 5_000})
  const {authenticated, audiences, user} = v.parse(tokenReviewSchema, answer).status
  return authenticated && audiences.includes(audience) && user !== undefined && user.username !== '' ? user : undefined
}

/** authorization.k8s.io/v1: may this caller GET that path of the agent API? */
export async function reviewAccess(api: ApiServer, caller: Caller, path: string): Promise<boolean> {
  const {username: user, uid, groups, extra} = caller
  const spec = {user, uid, groups, extra, nonResourceAttributes: {path, verb: 'get'}}
  const review = {apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec}
  const answer = await api.post('/apis/authorization.k8s.io/v1/subjectaccessreviews', review, {timeout: 5_000})
  return v.parse(v.object({status: v.object({allowed: v.boolean()})}), answer).status.allowed
}
