import {connect, createServer} from 'node:net'
import type {IncomingMessage, ServerResponse} from 'node:http'
import {describe, expect, onTestFinished, test} from 'vitest'
import {openApiServer} from '../../src/cluster/api.ts'
import {openRoads, type Roads, type RoadOptions} from '../../src/cluster/road-agents.ts'
import {selfSign} from '../../src/agent/api/certificate.ts'
import {agent} from '../diagnostics/agents.ts'
import {forwardTo, listen, type Listening} from './fake-servers.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const encode = (pem: string) => Buffer.from(pem).toString('base64')
const nowhere = {api: openApiServer({server: 'https://127.0.0.1:1'}), credentials: {server: 'https://127.0.0.1:1'}}

/** A road to one fake agent, over plain loopback sockets. */
async function road(
  answer: Answer,
  options: RoadOptions & {readonly authority?: string} = {},
): Promise<Roads & {dials: () => number}> {
  const listening = await listen(answer)
  let dials = 0
  const info = agent(1, 1, {apiCABundle: encode(options.authority ?? listening.authority)})
  const dial = async () => {
    dials += 1
    return connect(listening.port, '127.0.0.1')
  }
  const roads = await openRoads(nowhere, [info], {dial, token: async () => 'short-lived', ...options})
  return {
    ...roads,
    dials: () => dials,
    [Symbol.asyncDispose]: async () => {
      await roads[Symbol.asyncDispose]()
      await listening[Symbol.asyncDispose]()
    },
  }
}

describe('TLS pinned to what the agent published', () => {
  test('questions share one connection and carry the short-lived token', async () => {
    const seen: (string | undefined)[] = []
    await using roads = await road((request, response) => {
      seen.push(`${request.url ?? ''} ${request.headers.authorization ?? ''}`)
      response.end('{"ok":true}')
    })
    const answers = await Promise.all([roads.ask('n1', '/a', {x: '1', y: undefined}), roads.ask('n1', '/b')])
    expect(answers).toEqual([{ok: true}, {ok: true}])
    expect(seen).toEqual(['/a?x=1 Bearer short-lived', '/b Bearer short-lived'])
    expect(roads.dials()).toBe(1)
  })

  test('another authority is refused, and no token is sent', async () => {
    let asked = 0
    await using roads = await road(
      (_request, response) => {
        asked += 1
        response.end('{}')
      },
      {authority: selfSign('test', ['localhost']).cert},
    )
    await expect(roads.ask('n1', '/agentinfo')).rejects.toMatchObject({
      code: 'AGENT_UNREACHABLE',
      message: expect.stringMatching(/^agent of n1: .*certificate/u),
    })
    expect(asked).toBe(0)
  })
})

describe('what an agent may do to us', () => {
  test.each<[string, Answer, RoadOptions, object]>([
    [
      'hang',
      () => undefined,
      {timeout: 150},
      {code: 'AGENT_UNREACHABLE', message: 'agent of n1: no answer within 0.15 s'},
    ],
    [
      'answer without end',
      (_request, response) => response.end('x'.repeat(5_000)),
      {largestAnswer: 1_000},
      {code: 'AGENT_ANSWER', message: 'agent of n1: an answer larger than 1000 bytes'},
    ],
    ['answer something else than JSON', (_request, response) => response.end('<html>'), {}, {code: 'AGENT_ANSWER'}],
    ['refuse the token', (_request, response) => response.writeHead(401).end('no'), {}, {code: 'API_UNAUTHORIZED'}],
    [
      'forbid the path',
      (_request, response) => response.writeHead(403).end('no'),
      {},
      {code: 'API_FORBIDDEN', message: 'agent of n1: /x answered 403: no'},
    ],
    [
      'name its own fault',
      (_request, response) => response.writeHead(400).end('{"code":"FLOW_INVALID","message":"no such table"}'),
      {},
      {code: 'FLOW_INVALID', message: 'agent of n1: no such table'},
    ],
    [
      'not know the path',
      (_request, response) => response.writeHead(404).end('404 page not found\n'),
      {},
      {code: 'AGENT_ANSWER'},
    ],
    ['hang up', (request) => request.socket.destroy(), {}, {code: 'AGENT_UNREACHABLE'}],
  ])('%s', async (_name, answer, options, error) => {
    await using roads = await road(answer, options)
    await expect(roads.ask('n1', '/x')).rejects.toMatchObject(error)
  })

  test('a Node without an agent', async () => {
    await using roads = await road(() => undefined)
    await expect(roads.ask('n9', '/x')).rejects.toMatchObject({code: 'NODE_UNKNOWN'})
  })

  test('Ctrl-C ends a question at once', async () => {
    const interrupt = new AbortController()
    await using roads = await road(() => undefined, {signal: interrupt.signal})
    setTimeout(() => interrupt.abort(new Error('interrupted')), 50)
    await expect(roads.ask('n1', '/x')).rejects.toThrow('interrupted')
  })
})

describe('through the API server', () => {
  async function cluster(answer: Answer) {
    const apiServer = await listen(answer)
    const credentials = {
      server: `https://127.0.0.1:${apiServer.port}`,
      ca: apiServer.authority,
      token: async () => 'callers-own',
    }
    return {apiServer, target: {api: openApiServer(credentials), credentials}}
  }
  const tokenRequest: Answer = (_request, response) => response.writeHead(201).end('{"status":{"token":"short-lived"}}')
  const info = (listening: Listening) => agent(1, 1, {apiCABundle: encode(listening.authority)})

  test('a GET in TLS in a WebSocket in TLS, and a long answer', async () => {
    const tokens: (string | undefined)[] = []
    const text = 'x'.repeat(300_000)
    await using agentServer = await listen((request, response) => {
      tokens.push(request.headers.authorization)
      response.end(JSON.stringify({text}))
    })
    const {apiServer, target} = await cluster(tokenRequest)
    await using _closing = apiServer
    const upgrades: string[] = []
    apiServer.server.on('upgrade', forwardTo(agentServer.port, upgrades))
    await using roads = await openRoads(target, [info(agentServer)])
    expect(await roads.ask('n1', '/first')).toEqual({text})
    expect(await roads.ask('n1', '/second')).toEqual({text})
    expect(upgrades).toEqual(['/api/v1/namespaces/kube-system/pods/antrea-agent-1/portforward?ports=10350'])
    expect(tokens).toEqual(['Bearer short-lived', 'Bearer short-lived'])
  })

  test.each([
    [
      'nothing listens on the port',
      'refused',
      {code: 'AGENT_UNREACHABLE', message: 'agent of n1: kube-system/antrea-agent-1: nothing listens on port 10350'},
    ],
    [
      'the API server never answers',
      'silent',
      {code: 'API_UNREACHABLE', message: expect.stringMatching(/no answer within 0\.2 s/u)},
    ],
  ] as const)('%s', async (_name, behaviour, error) => {
    const {apiServer, target} = await cluster(tokenRequest)
    await using _closing = apiServer
    apiServer.server.on('upgrade', forwardTo(behaviour))
    await using roads = await openRoads(target, [info(apiServer)], {timeout: behaviour === 'silent' ? 200 : 2_000})
    await expect(roads.ask('n1', '/x')).rejects.toMatchObject(
      behaviour === 'silent' ? {message: expect.stringMatching(/no answer within 0\.2 s/u)} : error,
    )
  })

  test.each([
    [403, 'API_FORBIDDEN', 'pods "antrea-agent-1" is forbidden'],
    [404, 'API_NOT_FOUND', 'pods "antrea-agent-1" not found'],
    [500, 'API_ANSWER', 'error dialing backend'],
  ])('a refusal of %i keeps what the API server said', async (status, code, message) => {
    const {apiServer, target} = await cluster((request, response) =>
      request.method === 'POST'
        ? tokenRequest(request, response)
        : response.writeHead(status).end(JSON.stringify({message})),
    )
    await using _closing = apiServer
    await using roads = await openRoads(target, [info(apiServer)])
    await expect(roads.ask('n1', '/x')).rejects.toMatchObject({code, message: expect.stringContaining(message)})
  })

  test('without the ServiceAccount there is no token, and nobody is dialled', async () => {
    const upgrades: string[] = []
    const {apiServer, target} = await cluster((_request, response) =>
      response.writeHead(404).end('{"message":"not found"}'),
    )
    await using _closing = apiServer
    apiServer.server.on('upgrade', forwardTo('silent', upgrades))
    await using roads = await openRoads(target, [info(apiServer)])
    await expect(roads.ask('n1', '/x')).rejects.toMatchObject({code: 'AGENT_MISSING'})
    expect(upgrades).toEqual([])
  })
})

test('an agent that is frozen takes the connection and never TLS: the question ends in its time', async () => {
  const frozen = createServer(() => undefined)
  await new Promise<void>((resolve) => frozen.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void frozen.close())
  const address = frozen.address()
  const port = address === null || typeof address === 'string' ? 0 : address.port
  const dial = async () => connect(port, '127.0.0.1').unref()
  const info = agent(1, 1, {apiCABundle: encode(selfSign('test', ['localhost']).cert)})
  await using roads = await openRoads(nowhere, [info], {dial, token: async () => 'short-lived', timeout: 100})
  for (let question = 0; question < 2; question++) {
    await expect(roads.ask('n1', '/agentinfo')).rejects.toMatchObject({
      code: 'AGENT_UNREACHABLE',
      message: 'agent of n1: no answer within 0.1 s',
    })
  }
})
