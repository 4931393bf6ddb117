import {join} from 'node:path'
import {execa} from 'execa'
import {toolboxPod} from '../../lab/toolbox-pod.ts'

const root = join(import.meta.dirname, '..', '..')
/** Beside the suite's own lab. */
const directory = join(root, '.cache', 'test-topology')
const environment = {ANTCTL_LAB: directory, KUBECONFIG: join(directory, 'kubeconfig'), NO_COLOR: '1'}
const main = [join(root, 'scripts', 'node.sh'), join(root, 'lab', 'main.ts')]

export const lab = (...args: readonly string[]) => program('sh', [...main, ...args])
export const antctl = (...args: readonly string[]) => program(join(root, 'bin', 'antctl'), args)

/** A Pod on each of these Nodes, with its name. */
export async function startPods(namespace: string, nodes: readonly string[]): Promise<void> {
  const objects = [
    {apiVersion: 'v1', kind: 'Namespace', metadata: {name: namespace}},
    ...nodes.map((nodeName) => toolboxPod(nodeName, {namespace, nodeName})),
  ]
  const list = JSON.stringify({apiVersion: 'v1', kind: 'List', items: objects})
  await program('sh', [...main, 'kubectl', 'apply', '-f', '-'], list)
  await lab('kubectl', '-n', namespace, 'wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s')
}

/** The same, when it may well fail. */
export const antctlRan = (...args: readonly string[]) => ran(join(root, 'bin', 'antctl'), args)

async function ran(file: string, args: readonly string[], input?: string) {
  const {stdout, stderr, exitCode} = await execa(file, args, {
    cwd: root,
    env: environment,
    reject: false,
    timeout: 120_000,
    ...(input === undefined ? {stdin: 'ignore'} : {input}),
  })
  return {stdout, stderr, exitCode}
}

async function program(file: string, args: readonly string[], input?: string): Promise<string> {
  const {stdout, stderr, exitCode} = await ran(file, args, input)
  // check probes ends with 1 where packets are lost, which is what some of these networks are for.
  if (exitCode !== 0 && stdout === '') throw new Error(`${file} ${args.join(' ')}: ${stderr}`)
  return stdout
}
