import {request} from 'node:https'
import {text} from 'node:stream/consumers'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Server} from 'node:https'
import {openAdmission} from '../../src/agent/api/admission.ts'
import {selfSign} from '../../src/agent/api/certificate.ts'
import {startApi} from '../../src/agent/api/server.ts'
import type {ApiServer} from '../../src/cluster/api.ts'
import {AntctlError} from '../../src/model/errors.ts'

const certificate = selfSign('antrea-agent', ['localhost', '127.0.0.1'])
const failures: unknown[] = []
let server: Server
let port = 0

beforeAll(async () => {
  server = await startApi({
    port: 0,
    certificate,
    admit: async (token) => (token === 'good' ? 'allowed' : token === undefined ? 'unauthenticated' : 'forbidden'),
    onError: (error) => failures.push(error),
    endpoints: {
      '/livez': {anonymous: true, answer: () => ({body: 'ok'})},
      '/agentinfo': {answer: (query) => ({body: {asked: query.get('x')}})},
      '/broken': {
        answer: () => {
          throw new Error('a secret of the inside')
        },
      },
      '/pod': {
        answer: () => {
          throw new AntctlError('POD_UNKNOWN', 'there is no Pod a/b')
        },
      },
    },
  })
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})
afterAll(() => server.close())

test.each([
  ['the probe needs no token', 'GET', '/livez', undefined, 200, 'ok'],
  ['an answer', 'GET', '/agentinfo?x=1', 'good', 200, '{"asked":"1"}'],
  ['no token', 'GET', '/agentinfo', undefined, 401, /token/u],
  ['no token does not tell which paths there are', 'GET', '/nothing', undefined, 401, /token/u],
  ['a token without the right', 'GET', '/agentinfo', 'other', 403, /not allowed/u],
  ['a path that is not there', 'GET', '/nothing', 'good', 404, /no \/nothing/u],
  ['a name of every object', 'GET', '/constructor', 'good', 404, /no \/constructor/u],
  ['a write', 'POST', '/agentinfo', 'good', 405, /GET/u],
  ['an error that was meant for people', 'GET', '/pod', 'good', 404, /no Pod a\/b/u],
  ['an error that was not', 'GET', '/broken', 'good', 500, /failed to answer/u],
])('%s', async (_, method, path, token, status, body) => {
  const answer = await ask(method, path, token)
  expect(answer.status).toBe(status)
  expect(answer.body).toMatch(body)
  expect(answer.body).not.toContain('secret')
})

test('what went wrong inside is told to the log', () => {
  expect(failures.map(String)).toEqual(['Error: a secret of the inside'])
})

test('only "allowed" is remembered, for ten seconds', async () => {
  let now = 0
  let reviews = 0
  let allowed = false
  const refuse = () => Promise.reject(new Error('not asked for'))
  const api: ApiServer = {
    server: '',
    get: refuse,
    list: refuse,
    put: refuse,
    patch: refuse,
    delete: refuse,
    stream: () => {
      throw new Error('not asked for')
    },
    close: () => undefined,
    post: async (path) => {
      reviews++
      if (path.includes('subjectaccess')) return {status: {allowed}}
      return {status: {authenticated: true, audiences: ['antrea-agent'], user: {username: 'someone'}}}
    },
  }
  const admit = openAdmission(api, () => now)
  expect(await admit('token', '/agentinfo')).toBe('forbidden')
  allowed = true
  expect(await admit('token', '/agentinfo')).toBe('allowed')
  const asked = reviews
  now = 9_999
  expect(await admit('token', '/agentinfo')).toBe('allowed')
  expect(reviews).toBe(asked)
  allowed = false
  now = 10_001
  expect(await admit('token', '/agentinfo')).toBe('forbidden')
  expect(await admit(undefined, '/agentinfo')).toBe('unauthenticated')
})

async function ask(method: string, path: string, token: string | undefined) {
  const {promise, resolve, reject} = Promise.withResolvers<{readonly status: number; readonly body: string}>()
  const headers = token === undefined ? {} : {authorization: `Bearer ${token}`}
  request(
    {host: '127.0.0.1', servername: 'localhost', ca: certificate.cert, port, path, method, headers, agent: false},
    (response) => {
      text(response).then((body) => resolve({status: response.statusCode ?? 0, body}), reject)
    },
  )
    .on('error', reject)
    .end()
  return promise
}
