import type {IncomingMessage} from 'node:http'
import type {Duplex} from 'node:stream'
import {once} from 'node:events'
import {describe, expect, test} from 'vitest'
import {agentDial} from '../../src/cluster/road-dial.ts'
import {execInPod} from '../../src/cluster/exec.ts'
import {acceptUpgrade, listen, serverFrame} from './fake-servers.ts'

const target = {
  namespace: 'check',
  pod: 'probe-n1',
  container: 'probe',
  command: ['toolbox', 'send', '--udp', '10.0.0.1:7000'],
}
const message = (channel: number, text: string) =>
  serverFrame(2, Buffer.concat([Buffer.of(channel), Buffer.from(text)]))
const goodbye = serverFrame(8, Buffer.of(0x03, 0xe8))

async function exec(speak: (socket: Duplex) => void, options: {timeout?: number} = {}, asked: string[] = []) {
  await using server = await listen(() => undefined)
  server.server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    asked.push(request.url ?? '')
    socket.on('error', () => undefined)
    acceptUpgrade(request, socket, 'v5.channel.k8s.io')
    speak(socket)
  })
  return await execInPod({server: `https://127.0.0.1:${server.port}`, ca: server.authority}, target, options)
}

test('what a program says on both channels, and that it succeeded', async () => {
  const asked: string[] = []
  const speak = (socket: Duplex) => {
    for (const frame of [message(1, 'out '), message(2, 'err'), message(1, 'more'), message(3, '{"status":"Success"}')])
      socket.write(frame)
    socket.end(goodbye)
  }
  expect(await exec(speak, {}, asked)).toEqual({exitCode: 0, stdout: 'out more', stderr: 'err'})
  expect(asked[0]).toBe(
    '/api/v1/namespaces/check/pods/probe-n1/exec?container=probe&stdout=true&stderr=true&command=toolbox&command=send&command=--udp&command=10.0.0.1%3A7000',
  )
})

test('its exit code', async () => {
  const status = {status: 'Failure', message: 'exit 7', details: {causes: [{reason: 'ExitCode', message: '7'}]}}
  expect(
    await exec((socket) => socket.end(Buffer.concat([message(3, JSON.stringify(status)), goodbye]))),
  ).toMatchObject({exitCode: 7})
})

test.each([
  [
    'a program that cannot be started',
    (socket: Duplex) =>
      socket.end(Buffer.concat([message(3, '{"status":"Failure","message":"no such file"}'), goodbye])),
    {code: 'API_ANSWER', message: 'exec in probe-n1: no such file'},
  ],
  ['an end without a status', (socket: Duplex) => socket.end(goodbye), {code: 'API_ANSWER'}],
  ['a program that never ends', () => undefined, {code: 'TIMEOUT'}],
  [
    'a flood',
    (socket: Duplex) => Array.from({length: 6}, () => socket.write(message(1, 'x'.repeat(1_000_000)))),
    {code: 'API_ANSWER', message: expect.stringMatching(/more than/u)},
  ],
])('%s', async (_name, speak, error) => {
  await expect(exec(speak, {timeout: 1_000})).rejects.toMatchObject(error)
})

describe('where a port-forward is not allowed', () => {
  const agent = {namespace: 'kube-system', pod: 'antrea-agent-x', port: 10_350}
  /** Refuses what is forbidden; a relay that says after each other what it gets. */
  async function serve(forbidden: RegExp, ending?: string) {
    const asked: string[] = []
    const server = await listen(() => undefined)
    server.server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      asked.push(request.url ?? '')
      socket.on('error', () => undefined)
      if (forbidden.test(request.url ?? '')) {
        const body = JSON.stringify({kind: 'Status', message: 'it is forbidden'})
        socket.end(`HTTP/1.1 403 Forbidden\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
        return
      }
      acceptUpgrade(request, socket, 'v5.channel.k8s.io')
      if (ending === undefined) socket.write(message(1, 'from the port'))
      else socket.end(Buffer.concat([message(2, 'no such file'), message(3, ending), goodbye]))
    })
    const credentials = {server: `https://127.0.0.1:${server.port}`, ca: server.authority}
    return {asked, credentials, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]()}
  }

  test('exec leads there, and is not tried in vain again', async () => {
    await using server = await serve(/portforward/u)
    const dial = agentDial(server.credentials, {timeout: 5_000})
    for (const turn of [1, 2]) {
      const {stream, road} = await dial(agent, undefined)
      const [bytes] = await once(stream, 'data')
      expect({turn, road, said: String(bytes)}).toEqual({turn, road: 'exec', said: 'from the port'})
      stream.destroy()
    }
    expect(server.asked.map((path) => /portforward|exec/u.exec(path)?.[0])).toEqual(['portforward', 'exec', 'exec'])
    expect(server.asked[1]).toContain('container=antrea-agent&stdin=true&stdout=true&stderr=true&command=node')
  })

  test('whoever may do neither hears of the port-forward', async () => {
    await using server = await serve(/portforward|exec/u)
    const dial = agentDial(server.credentials, {timeout: 5_000})
    await expect(dial(agent, undefined)).rejects.toMatchObject({
      code: 'API_FORBIDDEN',
      message: expect.stringContaining('portforward'),
    })
  })

  test('a relay that fails says why', async () => {
    const status = JSON.stringify({status: 'Failure', details: {causes: [{reason: 'ExitCode', message: '1'}]}})
    await using server = await serve(/portforward/u, status)
    const {stream} = await agentDial(server.credentials, {timeout: 5_000})(agent, undefined)
    // The error may have come before anybody could wait for it.
    const error: unknown = stream.errored ?? (await once(stream.resume(), 'close').catch((thrown: unknown) => thrown))
    expect(error).toMatchObject({
      code: 'AGENT_UNREACHABLE',
      message: expect.stringMatching(/ended with 1: no such file/u),
    })
  })
})
