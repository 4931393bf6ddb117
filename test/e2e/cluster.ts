import {readFile, writeFile} from 'node:fs/promises'
import {createInterface} from 'node:readline'
import {join} from 'node:path'
import {execa} from 'execa'
import * as v from 'valibot'
import {parse, stringify} from 'yaml'
import {kubeconfigPath} from '../../lab/lab.ts'
import {echoPorts, toolboxPod} from '../../lab/toolbox-pod.ts'

const root = join(import.meta.dirname, '..', '..')

export interface Ran {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | undefined
}

/** antctl as a laptop would run it: outside the lab, with the kubeconfig that the lab wrote. */
export async function antctl(...args: readonly string[]): Promise<Ran> {
  const {stdout, stderr, exitCode} = await execa(join(root, 'bin', 'antctl'), [...args], {
    env: {KUBECONFIG: kubeconfigPath, NO_COLOR: '1'},
    reject: false,
    stdin: 'ignore',
    timeout: 120_000,
  })
  return {stdout, stderr, exitCode}
}

/** The same, each line as it comes; whoever started it ends it. */
export function antctlLines(onLine: (line: string) => void, ...args: readonly string[]) {
  const running = execa(join(root, 'bin', 'antctl'), [...args], {
    env: {KUBECONFIG: kubeconfigPath, NO_COLOR: '1'},
    reject: false,
    stdin: 'ignore',
    buffer: {stdout: false},
    timeout: 120_000,
  })
  createInterface({input: running.stdout}).on('line', onLine)
  return running
}

/** Somebody with no rights but those that are bound to them: a kubeconfig with the token of a ServiceAccount. */
export async function kubeconfigOf(serviceAccount: string): Promise<string> {
  await apply(
    {apiVersion: 'v1', kind: 'Namespace', metadata: {name: namespace}},
    {apiVersion: 'v1', kind: 'ServiceAccount', metadata: {name: serviceAccount, namespace}},
  )
  const token = (await kubectl('-n', namespace, 'create', 'token', serviceAccount)).trim()
  const config = v.parse(kubeconfig, parse(await readFile(kubeconfigPath, 'utf8')))
  const file = `${kubeconfigPath}.${serviceAccount}`
  const users = config.users.map(({name}) => ({name, user: {token}}))
  await writeFile(file, stringify({...config, users}), {mode: 0o600})
  return file
}

const kubeconfig = v.looseObject({users: v.array(v.object({name: v.string()}))})

/** `antctl proxy` on a port that is free; ended by Ctrl-C. */
export async function startProxy(node: string): Promise<AsyncDisposable & {readonly url: string}> {
  const child = execa(join(root, 'bin', 'antctl'), ['proxy', '--agent-node', node, '--port', '0'], {
    env: {KUBECONFIG: kubeconfigPath},
    reject: false,
    stdin: 'ignore',
  })
  const {promise, resolve, reject} = Promise.withResolvers<string>()
  child.stdout.on('data', (chunk) => resolve(/http:\S+/u.exec(String(chunk))?.[0] ?? ''))
  child.then(({stderr}) => reject(new Error(`the proxy ended: ${stderr}`)), reject)
  const url = await promise
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGINT')
      await child
    },
  }
}

/** The same, when it must succeed: its standard output. */
export async function antctlOk(...args: readonly string[]): Promise<string> {
  const {stdout, stderr, exitCode} = await antctl(...args)
  if (exitCode !== 0) throw new Error(`antctl ${args.join(' ')} ended with ${exitCode}:\n${stdout}\n${stderr}`)
  return stdout
}

export async function lab(...args: readonly string[]): Promise<string> {
  const {stdout} = await execa('sh', [join(root, 'scripts', 'node.sh'), join(root, 'lab', 'main.ts'), ...args], {
    cwd: root,
  })
  return stdout
}

export const kubectl = (...args: readonly string[]) => lab('kubectl', ...args)
export const onNode = (node: string, ...command: readonly string[]) => lab('node', node, ...command)

export async function apply(...objects: readonly object[]): Promise<void> {
  const input = JSON.stringify({apiVersion: 'v1', kind: 'List', items: objects})
  await execa('sh', [join(root, 'scripts', 'node.sh'), join(root, 'lab', 'main.ts'), 'kubectl', 'apply', '-f', '-'], {
    cwd: root,
    input,
  })
}

/** The Pods of the suite: two on n1, one on its neighbour in the subnet, one across the router. */
export const testPods = {a: 'n1', b: 'n1', near: 'n2', far: 'n3'} as const
export type TestPod = keyof typeof testPods
export const namespace = 'e2e'

/** Each kind of pair, from Pod a. */
export const kinds = {'same-node': 'b', 'same-subnet': 'near', 'cross-subnet': 'far'} as const
export type Kind = keyof typeof kinds

export async function startPods(): Promise<Readonly<Record<TestPod, string>>> {
  await apply({apiVersion: 'v1', kind: 'Namespace', metadata: {name: namespace}})
  await apply(...Object.entries(testPods).map(([name, nodeName]) => toolboxPod(name, {namespace, nodeName})))
  await kubectl('-n', namespace, 'wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s')
  const list = v.parse(podList, JSON.parse(await kubectl('-n', namespace, 'get', 'pods', '-o', 'json')))
  const ip = (name: TestPod) => list.items.find((pod) => pod.metadata.name === name)?.status.podIP ?? ''
  return {a: ip('a'), b: ip('b'), near: ip('near'), far: ip('far')}
}

const podList = v.object({
  items: v.array(v.object({metadata: v.object({name: v.string()}), status: v.object({podIP: v.string()})})),
})

export const inPod = (pod: TestPod, ...command: readonly string[]) =>
  kubectl('-n', namespace, 'exec', pod, '--', ...command)

const tally = v.object({
  sent: v.number(),
  received: v.number(),
  lost: v.number(),
  longestGapMs: v.number(),
  resets: v.optional(v.number(), 0),
  reconnects: v.optional(v.number(), 0),
})
export type Sent = v.InferOutput<typeof tally>

/** A numbered stream from Pod a, judged by its own sender. */
export async function send(protocol: 'tcp' | 'udp', to: string, seconds: number, rate = 1000): Promise<Sent> {
  const target = `${to}:${echoPorts[protocol]}`
  const text = await inPod(
    'a',
    'toolbox',
    'send',
    `--${protocol}`,
    target,
    '--rate',
    String(rate),
    '--duration',
    String(seconds),
  )
  const sent = v.parse(tally, JSON.parse(text))
  if (sent.sent < seconds * rate * 0.9) throw new Error(`only ${sent.sent} ${protocol} packets were sent: no judgement`)
  return sent
}
