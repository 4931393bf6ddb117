import type {IncomingMessage} from 'node:http'
import {request, type RequestOptions} from 'node:https'
import {Transform} from 'node:stream'
import {text as readText} from 'node:stream/consumers'
import {pipeline} from 'node:stream/promises'
import {AntctlError, sentenceOf} from '../model/errors.ts'
import type {ApiCredentials} from './api.ts'

/** Milliseconds until an answer must have begun. */
export const defaultTimeout = 30_000

const largestAnswer = 64 * 1024 * 1024

/** One HTTPS request with our credentials; resolves with the answer's head. API_UNREACHABLE when none comes. */
export async function send(
  credentials: ApiCredentials,
  {path, ...options}: RequestOptions & {readonly path: string; readonly signal: AbortSignal},
  body: unknown,
  type: string,
): Promise<IncomingMessage> {
  const base = new URL(credentials.server)
  const token = await credentials.token?.()
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const headers = {
    accept: 'application/json',
    'user-agent': 'antctl',
    ...(token !== undefined && {authorization: `Bearer ${token}`}),
    ...(payload !== undefined && {'content-type': type, 'content-length': payload.length}),
  }
  const {promise, resolve, reject} = Promise.withResolvers<IncomingMessage>()
  const target = new URL(base.pathname.replace(/\/$/u, '') + path, base)
  const outgoing = request(target, {...options, headers}, resolve)
  outgoing.on('error', (error) => reject(unreachable(credentials.server, error)))
  outgoing.end(payload)
  return promise
}

/** The whole body, unless it is larger than any answer that we ask for. */
export async function readBounded(response: IncomingMessage, server: string): Promise<string> {
  let size = 0
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      done(
        size > largestAnswer ? new AntctlError('API_ANSWER', `an answer larger than ${largestAnswer} bytes`) : null,
        chunk,
      )
    },
  })
  try {
    const [answer] = await Promise.all([readText(bounded), pipeline(response, bounded)])
    return answer
  } catch (error) {
    throw error instanceof AntctlError ? error : unreachable(server, error)
  }
}

export function unreachable(server: string, cause: unknown): AntctlError {
  return new AntctlError('API_UNREACHABLE', `the API server ${server} did not answer: ${sentenceOf(cause)}`, {
    remedy: ['check the server address of the kubeconfig and that the control plane is up'],
    cause,
  })
}
