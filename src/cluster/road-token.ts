import * as v from 'valibot'
import type {AgentInfo} from '../model/agent-info.ts'
import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import {isOurAgent} from './agent-infos.ts'
import type {ApiServer} from './api.ts'

/** The API server gives no shorter life. */
const seconds = 600
const answer = v.object({status: v.object({token: v.string()})})

/** Whose token an agent is shown: of which of our read-only ServiceAccounts, and who alone may take it. */
export interface TokenWish {
  readonly account: string
  readonly audience: string | undefined
}

/** One token a wish, renewed before its 600 s are over; one that was refused is asked for again. */
export function keepTokens(api: ApiServer, signal?: AbortSignal): (wish: TokenWish) => Promise<string> {
  const kept = new Map<string, {readonly token: Promise<string>; readonly until: number}>()
  return (wish) => {
    const key = JSON.stringify([wish.account, wish.audience])
    const known = kept.get(key)
    if (known !== undefined && known.until > Date.now()) return known.token
    const token = requestToken(api, wish, signal)
    kept.set(key, {token, until: Date.now() + 480_000})
    token.catch(() => kept.delete(key))
    return token
  }
}

/** Upstream's agents know only the API server's audience; to listen to packets takes an account of its own. */
export function tokenFor(info: AgentInfo, path: string): TokenWish {
  const account = path.startsWith('/capture/') ? names.captureServiceAccount : names.readerServiceAccount
  return {account, audience: isOurAgent(info) ? names.tokenAudience : undefined}
}

/**
 * A token of the read-only ServiceAccount `antctl`, never the caller's own: an agent that is not what it seems gets
 * nothing of worth. For our agents its audience is theirs alone; upstream's know only the API server's audience.
 */
async function requestToken(
  api: ApiServer,
  {account, audience}: TokenWish,
  signal: AbortSignal | undefined,
): Promise<string> {
  const path = `/api/v1/namespaces/${names.namespace}/serviceaccounts/${account}/token`
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {expirationSeconds: seconds, ...(audience !== undefined && {audiences: [audience]})},
  }
  try {
    return v.parse(answer, await api.post(path, body, {...(signal !== undefined && {signal})})).status.token
  } catch (error) {
    if (!(error instanceof AntctlError) || error.code !== 'API_NOT_FOUND') throw error
    throw new AntctlError('AGENT_MISSING', `the ServiceAccount ${names.namespace}/${account} is not there`, {
      remedy: ['kubectl apply -f deploy/antrea.yml'],
      cause: error,
    })
  }
}
