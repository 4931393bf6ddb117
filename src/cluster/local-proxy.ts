import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import {AntctlError, sentenceOf} from '../model/errors.ts'
import type {Answered} from './road-get.ts'

export interface ProxyPlace {
  /** A loopback address and a port (0: any), or the path of a socket. */
  readonly listen: {readonly host: string; readonly port: number} | {readonly path: string}
}

/**
 * An HTTP server of this machine's own that hands each GET on to `fetch`. Whoever reaches it reads as its owner: it takes
 * no address but a loopback one, and no request that a web page could have sent (another Host, or an Origin).
 */
export async function openLocalProxy(
  {listen}: ProxyPlace,
  fetch: (path: string) => Promise<Answered>,
): Promise<{readonly server: Server; readonly address: string}> {
  if ('host' in listen && !isLoopback(listen.host)) {
    throw new AntctlError('USAGE', `${listen.host} is not a loopback address: others could read with your rights`, {
      remedy: ['use --address 127.0.0.1, or --unix-socket FILE'],
    })
  }
  const server = createServer((request, response) => void answer(request, response, fetch))
  const {promise, resolve, reject} = Promise.withResolvers<void>()
  server.once('error', (error) => reject(new AntctlError('USAGE', `the proxy cannot listen: ${sentenceOf(error)}`)))
  server.listen(listen, resolve)
  await promise
  const bound = server.address()
  return {server, address: typeof bound === 'object' && bound !== null ? urlOf(bound) : String(bound)}
}

async function answer(
  {method, url = '/', headers}: IncomingMessage,
  response: ServerResponse,
  fetch: (path: string) => Promise<Answered>,
): Promise<void> {
  const say = (status: number, message: string) => {
    response.writeHead(status, {'content-type': 'application/json'})
    response.end(`${JSON.stringify({status, message})}\n`)
  }
  if (!isOwnHost(headers.host) || headers.origin !== undefined) return say(403, 'only for programs of this machine')
  if (method !== 'GET' || !url.startsWith('/')) return say(405, 'the agent API only answers GET')
  try {
    const {status, type, body} = await fetch(url)
    response.writeHead(status, {'content-type': type, 'x-content-type-options': 'nosniff'})
    response.end(body)
  } catch (error) {
    say(502, sentenceOf(error))
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/u.test(host)
}

/** A name that a web page resolves to 127.0.0.1 is not ours. Over a socket clients say what they like. */
function isOwnHost(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/u, '').replace(/^\[(.*)\]$/u, '$1')
  return name === '' || isLoopback(name)
}

function urlOf({address, port}: {readonly address: string; readonly port: number}): string {
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}
