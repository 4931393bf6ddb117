import * as v from 'valibot'
import type {AgentInfo} from '../model/agent-info.ts'
import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import {isOurAgent} from './agent-infos.ts'
import type {ApiServer} from './api.ts'

/** The API server gives no shorter life. */
const seconds = 600
const answer = v.object({status: v.object({token: v.string()})})

/** One token an audience, renewed before its 600 s are over; one that was refused is asked for again. */
export function keepTokens(api: ApiServer, signal?: AbortSignal): (audience: string | undefined) => Promise<string> {
  const kept = new Map<string | undefined, {readonly token: Promise<string>; readonly until: number}>()
  return (audience) => {
    const known = kept.get(audience)
    if (known !== undefined && known.until > Date.now()) return known.token
    const token = requestToken(api, audience, signal)
    kept.set(audience, {token, until: Date.now() + 480_000})
    token.catch(() => kept.delete(audience))
    return token
  }
}

/** Upstream's agents know only the API server's own. */
export function audienceOf(info: AgentInfo): string | undefined {
  return isOurAgent(info) ? names.tokenAudience : undefined
}

/**
 * A token of the read-only ServiceAccount `antctl`, never the caller's own: an agent that is not what it seems gets
 * nothing of worth. For our agents its audience is theirs alone; upstream's know only the API server's audience.
 */
async function requestToken(api: ApiServer, audience: string | undefined, signal?: AbortSignal): Promise<string> {
  const path = `/api/v1/namespaces/${names.namespace}/serviceaccounts/${names.readerServiceAccount}/token`
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {expirationSeconds: seconds, ...(audience !== undefined && {audiences: [audience]})},
  }
  try {
    return v.parse(answer, await api.post(path, body, {...(signal !== undefined && {signal})})).status.token
  } catch (error) {
    if (!(error instanceof AntctlError) || error.code !== 'API_NOT_FOUND') throw error
    throw new AntctlError(
      'AGENT_MISSING',
      `the ServiceAccount ${names.namespace}/${names.readerServiceAccount} is not there`,
      {
        remedy: ['kubectl apply -f deploy/antrea.yml'],
        cause: error,
      },
    )
  }
}
