import {chmod, mkdtemp, rm, stat, writeFile} from 'node:fs/promises'
import {createServer, type Server, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {execa} from 'execa'
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest'
import {CniError} from '../../src/agent/cni/error.ts'
import {type CniRequest, cniVersions} from '../../src/agent/cni/request.ts'
import {type CniServerOptions, startCniServer} from '../../src/agent/cni/server.ts'

const config = {cniVersion: '1.1.0', name: 'antrea', type: 'antrea'}
const attachment = {
  CNI_CONTAINERID: 'f00d',
  CNI_NETNS: '/var/run/netns/cni-1',
  CNI_IFNAME: 'eth0',
  CNI_ARGS: 'K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-1',
  CNI_PATH: '/opt/cni/bin',
}
let folder: string
let program: string
let socketPath: string
const servers = new Set<Server>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antctl-program-'))
  program = join(folder, 'antrea')
  socketPath = join(folder, 'cni.sock')
  const cwd = join(import.meta.dirname, '../../bin/cni')
  await execa('go', ['build', '-o', program, '.'], {cwd, env: {CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false'}})
})

afterEach(async () => {
  for (const server of servers) await new Promise((resolve) => server.close(resolve))
  servers.clear()
})

afterAll(() => rm(folder, {recursive: true}))

async function serve(handle: CniServerOptions['handle']): Promise<void> {
  servers.add(await startCniServer({socketPath, handle, onAnswer: () => {}}))
}

function call(command: string, text: string | {readonly inputFile: string} = JSON.stringify(config)) {
  const input = typeof text === 'string' ? {input: text} : text
  return execa(program, {
    ...input,
    env: {...attachment, CNI_COMMAND: command, ANTREA_CNI_SOCKET: socketPath},
    extendEnv: false,
    reject: false,
    timeout: 30_000,
  })
}

test('VERSION is answered by the program itself, in the list that the agent knows', async () => {
  const {exitCode, stdout} = await call('VERSION', '')
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toEqual({cniVersion: '1.1.0', supportedVersions: cniVersions.toReversed()})
})

test('the request arrives as it was given, the answer comes out as it was sent', async () => {
  const seen: CniRequest[] = []
  await serve(async (request) => {
    seen.push(request)
    return {cniVersion: '1.1.0', interfaces: [{name: 'größe\u2028"<x>'}]}
  })
  const prevResult = {cniVersion: '1.1.0', ips: []}
  const {exitCode, stdout} = await call('CHECK', JSON.stringify({...config, prevResult}))
  expect({exitCode, answer: JSON.parse(stdout)}).toEqual({
    exitCode: 0,
    answer: {cniVersion: '1.1.0', interfaces: [{name: 'größe\u2028"<x>'}]},
  })
  expect(seen).toEqual([
    {
      command: 'CHECK',
      version: '1.1.0',
      containerId: 'f00d',
      netns: '/var/run/netns/cni-1',
      ifName: 'eth0',
      pod: {namespace: 'default', name: 'web-1'},
      prevResult,
    },
  ])
})

test('success without a result prints nothing', async () => {
  await serve(async () => undefined)
  expect(await call('DEL')).toMatchObject({exitCode: 0, stdout: ''})
})

test("the agent's refusal: status 1, and the error on standard output", async () => {
  await serve(async () => {
    throw new CniError(11, 'the API server is away')
  })
  const {exitCode, stdout, stderr} = await call('ADD')
  expect({exitCode, stderr, error: JSON.parse(stdout)}).toEqual({
    exitCode: 1,
    stderr: '',
    error: {cniVersion: '1.1.0', code: 11, msg: 'the API server is away'},
  })
})

test.each([
  ['no command', '', JSON.stringify(config), 4],
  ['an unknown command', 'EXPLODE', JSON.stringify(config), 4],
  ['no JSON', 'ADD', '{', 6],
  ['nothing on standard input', 'ADD', '', 6],
  ['JSON a million deep', 'ADD', '['.repeat(500_000) + ']'.repeat(500_000), 6],
  ['a list', 'ADD', '[]', 1],
  ['an unknown version', 'ADD', JSON.stringify({...config, cniVersion: '7.0.0'}), 1],
])('%s is refused in a sentence', async (_, command, input, code) => {
  await serve(async () => expect.unreachable())
  const {exitCode, stdout, stderr} = await call(command, input)
  expect({exitCode, stderr}).toEqual({exitCode: 1, stderr: ''})
  expect(JSON.parse(stdout)).toMatchObject({cniVersion: '1.1.0', code})
})

test('standard input that never ends is not read to the end', async () => {
  const {stdout} = await call('ADD', {inputFile: '/dev/zero'})
  expect(JSON.parse(stdout)).toMatchObject({code: 6})
})

test('without an agent STATUS and ADD say so', async () => {
  const answers = await Promise.all([call('STATUS'), call('ADD')])
  expect(answers.map(({exitCode}) => exitCode)).toEqual([1, 1])
  const [status, add] = answers.map(({stdout}): unknown => JSON.parse(stdout))
  expect(status).toMatchObject({code: 50, msg: expect.stringContaining('does not answer')})
  expect(add).toMatchObject({code: 11, msg: expect.stringContaining('does not answer')})
})

test('an agent that is back within a second is waited for', async () => {
  const waiting = call('STATUS')
  await sleep(700)
  await serve(async () => undefined)
  expect(await waiting).toMatchObject({exitCode: 0, stdout: ''})
})

test('an agent that dies meanwhile: DEL is asked again, ADD is not', async () => {
  const heard: string[] = []
  const dying = createServer((socket: Socket) => {
    socket.once('data', (line) => {
      heard.push(String(line).includes('"ADD"') ? 'ADD' : 'DEL')
      if (heard.length < 3) socket.destroy()
      else socket.end('{}')
    })
  })
  await new Promise<void>((resolve) => dying.listen(socketPath, resolve))
  servers.add(dying)
  expect(JSON.parse((await call('ADD')).stdout)).toMatchObject({code: 11})
  expect((await call('DEL')).exitCode).toBe(0)
  expect(heard).toEqual(['ADD', 'DEL', 'DEL'])
})

test('an answer that is no JSON, or never ends, is a sentence', async () => {
  const babbling = createServer((socket) => {
    socket.on('error', () => {})
    socket.end(`{"result": "${'x'.repeat(3_000_000)}"}`)
  })
  await new Promise<void>((resolve) => babbling.listen(socketPath, resolve))
  servers.add(babbling)
  const {exitCode, stdout, stderr} = await call('ADD')
  expect({exitCode, stderr}).toEqual({exitCode: 1, stderr: ''})
  expect(JSON.parse(stdout)).toMatchObject({code: 11})
})

test('only root may connect, and the folder must be nobody else’s', async () => {
  await serve(async () => undefined)
  expect((await stat(socketPath)).mode & 0o777).toBe(0o600)
  await chmod(folder, 0o777)
  await expect(serve(async () => undefined)).rejects.toThrow('can be written by others than root')
  await chmod(folder, 0o755)
  const stranger = await execa('setpriv', ['--reuid=65534', '--clear-groups', program], {
    input: JSON.stringify(config),
    env: {...attachment, CNI_COMMAND: 'STATUS', ANTREA_CNI_SOCKET: socketPath},
    reject: false,
  })
  expect(stranger.stdout).toContain('permission denied')
})

test('what a run before left in the place of the socket goes', async () => {
  await writeFile(socketPath, '')
  await serve(async () => undefined)
  expect((await call('STATUS')).exitCode).toBe(0)
})
