import {type Agent, type IncomingMessage, request} from 'node:http'
import {text} from 'node:stream/consumers'
import * as v from 'valibot'
import {AntctlError, type ErrorCode, errorCodeNames, sentenceOf} from '../model/errors.ts'
import {names} from '../model/names.ts'

/** One question to one agent. */
export interface Asked {
  readonly node: string
  readonly path: string
  readonly timeout: number
  readonly signal: AbortSignal | undefined
}

/** What an agent answered, whatever its status. */
export interface Answered {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** A GET with a deadline and an answer of at most `largest` bytes; every error names the Node. */
export async function exchange(agent: Agent, asked: Asked, token: string, largest: number): Promise<Answered> {
  const deadline = AbortSignal.timeout(asked.timeout)
  const signal = asked.signal === undefined ? deadline : AbortSignal.any([asked.signal, deadline])
  const {promise, resolve, reject} = Promise.withResolvers<Answered>()
  const outgoing = request({
    agent,
    host: 'localhost',
    path: asked.path,
    signal,
    headers: {authorization: `Bearer ${token}`, accept: 'application/json'},
  })
  outgoing.on('error', reject)
  // A request that has no socket yet says nothing of its end: an agent that is frozen takes the connection, and never TLS.
  signal.addEventListener('abort', () => reject(signal.reason), {once: true})
  outgoing.on('response', (response) => {
    const chunks: Buffer[] = []
    let size = 0
    response.on('data', (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size > largest) response.destroy(new AntctlError('AGENT_ANSWER', `an answer larger than ${largest} bytes`))
    })
    response.on('error', reject)
    response.on('end', () =>
      resolve({
        status: response.statusCode ?? 500,
        type: response.headers['content-type'] ?? 'text/plain',
        body: Buffer.concat(chunks).toString('utf8'),
      }),
    )
  })
  outgoing.end()
  try {
    return await promise
  } catch (error) {
    asked.signal?.throwIfAborted()
    throw named(asked, deadline.aborted ? new Error(`no answer within ${asked.timeout / 1000} s`) : error)
  }
}

/** The pieces of an answer as they come; the deadline is for its beginning. */
export async function listen(agent: Agent, asked: Asked, token: string): Promise<AsyncIterable<Buffer>> {
  const {promise, resolve, reject} = Promise.withResolvers<IncomingMessage>()
  const outgoing = request({agent, host: 'localhost', path: asked.path, headers: {authorization: `Bearer ${token}`}})
  const timer = setTimeout(() => reject(new Error(`no answer within ${asked.timeout / 1000} s`)), asked.timeout)
  const stop = () => reject(asked.signal?.reason)
  asked.signal?.addEventListener('abort', stop, {once: true})
  outgoing.on('response', resolve).on('error', reject)
  outgoing.end()
  try {
    const response = await promise
    if ((response.statusCode ?? 500) < 300) return response
    throw agentRefusal(asked, response.statusCode ?? 500, (await text(response)).slice(0, longestRefusal))
  } catch (error) {
    outgoing.destroy()
    asked.signal?.throwIfAborted()
    throw named(asked, error)
  } finally {
    clearTimeout(timer)
    asked.signal?.removeEventListener('abort', stop)
  }
}

const longestRefusal = 10_000

/** What the answer says, unless it is a refusal. */
export function contentOf<Content>(asked: Asked, {status, body}: Answered, parse: (body: string) => Content): Content {
  try {
    if (status >= 300) throw agentRefusal(asked, status, body)
    return parse(body)
  } catch (error) {
    throw named(asked, error)
  }
}

/** Our agents say a code and a sentence as JSON, upstream's a line of text. */
function agentRefusal(asked: Asked, status: number, body: string): AntctlError {
  const said = v.safeParse(refusalSchema, safeJson(body))
  if (said.success) return new AntctlError(knownCode(said.output.code) ?? codeOf(status), said.output.message)
  const line = body.trim().split('\n')[0]?.slice(0, 200) ?? ''
  return new AntctlError(codeOf(status), `${asked.path.split('?')[0]} answered ${status}${line && `: ${line}`}`)
}

const refusalSchema = v.object({message: v.string(), code: v.optional(v.string(), '')})

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function knownCode(code: string): ErrorCode | undefined {
  return errorCodeNames.find((name) => name === code)
}

const byStatus: Readonly<Record<number, ErrorCode>> = {400: 'USAGE', 401: 'API_UNAUTHORIZED', 403: 'API_FORBIDDEN'}

function codeOf(status: number): ErrorCode {
  return byStatus[status] ?? 'AGENT_ANSWER'
}

/** The error with its Node: whoever asked twenty agents must know which one it was. */
function named(asked: Asked, error: unknown): AntctlError {
  if (error instanceof AntctlError) {
    return new AntctlError(error.code, `agent of ${asked.node}: ${error.message}`, {remedy: error.remedy, cause: error})
  }
  const code = error instanceof SyntaxError ? 'AGENT_ANSWER' : 'AGENT_UNREACHABLE'
  return new AntctlError(code, `agent of ${asked.node}: ${sentenceOf(error)}`, {
    remedy: [`kubectl -n ${names.namespace} get pods -l component=antrea-agent -o wide`],
    cause: error,
  })
}
