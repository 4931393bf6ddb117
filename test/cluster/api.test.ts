import {createServer, type Server} from 'node:https'
import type {IncomingMessage, ServerResponse} from 'node:http'
import {text} from 'node:stream/consumers'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {selfSign} from '../../src/agent/api/certificate.ts'
import {type ApiServer, openApiServer} from '../../src/cluster/api.ts'

const certificate = selfSign('kubernetes', ['localhost', '127.0.0.1'])
let server: Server
let api: ApiServer
let url = ''

/** What the server answers by path; each call sees the request. */
const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
  '/forbidden': (_, response) => refuse(response, 403, {kind: 'Status', message: 'pods is forbidden: no'}),
  '/missing': (_, response) => refuse(response, 404, {kind: 'Status', message: 'not found'}),
  '/conflict': (_, response) => refuse(response, 409, {kind: 'Status', message: 'the object has been modified'}),
  '/expired': (_, response) => refuse(response, 410, {kind: 'Status', message: 'too old'}),
  '/plain': (_, response) => response.writeHead(503).end('upstream connect error'),
  '/html': (_, response) => response.end('<html>'),
  '/silent': () => undefined,
  '/cut': (request) => request.socket.destroy(),
  '/echo': async (request, response) => {
    const body = await text(request)
    const {authorization, 'content-type': type} = request.headers
    response.end(JSON.stringify({method: request.method, authorization, type, body}))
  },
  '/list': (request, response) => {
    const next = new URL(request.url ?? '', url).searchParams.get('continue')
    const page =
      next === null ? {items: [1, 2], metadata: {resourceVersion: '7', continue: 'a/b'}} : {items: [next], metadata: {}}
    response.end(JSON.stringify(page))
  },
  '/watch': (_, response) => {
    response.write('{"a":1}\n{"b"')
    setTimeout(() => response.end(':2}\n'), 10)
  },
  '/stalls': (_, response) => response.write('{"a":1}\n'),
}

function refuse(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status).end(JSON.stringify(body))
}

beforeAll(async () => {
  server = createServer(certificate, (request, response) => {
    answers[new URL(request.url ?? '', 'https://localhost').pathname]?.(request, response)
  })
  const {promise, resolve} = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const address = server.address()
  url = `https://localhost:${typeof address === 'object' && address !== null ? address.port : 0}`
  api = openApiServer({server: url, ca: certificate.cert, token: async () => 'secret'})
})
afterAll(() => {
  api.close()
  server.closeAllConnections()
  server.close()
})

test.each([
  ['/forbidden', 'API_FORBIDDEN', /GET \/forbidden: pods is forbidden: no/u],
  ['/missing', 'API_NOT_FOUND', /not found/u],
  ['/conflict', 'API_CONFLICT', /has been modified/u],
  ['/expired', 'API_EXPIRED', /too old/u],
  ['/plain', 'API_UNREACHABLE', /upstream connect error/u],
  ['/html', 'API_ANSWER', /not JSON/u],
  ['/cut', 'API_UNREACHABLE', /did not answer/u],
])('%s becomes %s', async (path, code, message) => {
  await expect(api.get(path)).rejects.toThrow(expect.objectContaining({code, message: expect.stringMatching(message)}))
})

test('a server that says nothing is given up', async () => {
  await expect(api.get('/silent', {timeout: 50})).rejects.toThrow(expect.objectContaining({code: 'API_UNREACHABLE'}))
})

test('a server of another authority is not talked to', async () => {
  const stranger = openApiServer({server: url, ca: selfSign('kubernetes', ['localhost']).cert})
  await expect(stranger.get('/echo')).rejects.toThrow(expect.objectContaining({code: 'API_UNREACHABLE'}))
})

test('verbs carry the token and their own content type', async () => {
  expect(await api.patch('/echo', {a: 1})).toEqual({
    method: 'PATCH',
    authorization: 'Bearer secret',
    type: 'application/merge-patch+json',
    body: '{"a":1}',
  })
  expect(await api.post('/echo', {})).toMatchObject({method: 'POST', type: 'application/json'})
})

test('a collection is read page by page, with the version of the first', async () => {
  expect(await api.list('/list?fieldSelector=x')).toEqual({resourceVersion: '7', items: [1, 2, 'a/b']})
})

test('a stream gives whole lines', async () => {
  const lines = await Array.fromAsync(api.stream('/watch', {signal: new AbortController().signal}))
  expect(lines).toEqual(['{"a":1}', '{"b":2}'])
})

test('a stream without a sign of life ends with an error', async () => {
  const lines = api.stream('/stalls', {signal: new AbortController().signal, silence: 50})
  await expect(Array.fromAsync(lines)).rejects.toThrow(/sign of life/u)
})

test('a stream that is refused says why', async () => {
  const lines = api.stream('/forbidden', {signal: new AbortController().signal})
  await expect(Array.fromAsync(lines)).rejects.toThrow(expect.objectContaining({code: 'API_FORBIDDEN'}))
})
