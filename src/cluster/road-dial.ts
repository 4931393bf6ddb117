import type {Duplex} from 'node:stream'
import {AntctlError} from '../model/errors.ts'
import type {ApiCredentials} from './api.ts'
import {execRelay} from './road-exec.ts'
import {type ForwardTarget, forwardPort} from './road-forward.ts'

export interface Dialled {
  readonly stream: Duplex
  readonly road: 'port-forward' | 'exec'
}

type Dial = (target: ForwardTarget, signal: AbortSignal | undefined) => Promise<Dialled>

/** By port-forward; where the API server forbids that, by exec; where it forbids both, the first refusal. */
export function agentDial(credentials: ApiCredentials, {timeout}: {readonly timeout: number}): Dial {
  let forbidden: AntctlError | undefined
  return async (target, signal) => {
    if (forbidden === undefined) {
      try {
        return {stream: await forwardPort(credentials, target, {signal, timeout}), road: 'port-forward'}
      } catch (error) {
        if (!isForbidden(error)) throw error
        forbidden = error
      }
    }
    const refused = forbidden
    const stream = await execRelay(credentials, target, {signal, timeout}).catch((error: unknown) => {
      throw isForbidden(error) ? refused : error
    })
    return {stream, road: 'exec'}
  }
}

function isForbidden(error: unknown): error is AntctlError {
  return error instanceof AntctlError && error.code === 'API_FORBIDDEN'
}
