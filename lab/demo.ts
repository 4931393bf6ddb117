import {join} from 'node:path'
import {styleText} from 'node:util'
import {execa} from 'execa'
import {applyObjects, kubectl} from './kubectl.ts'
import {deploy, kubeconfigPath, up} from './lab.ts'
import {toolboxPod} from './toolbox-pod.ts'
import {runInside} from './without-root.ts'

const root = join(import.meta.dirname, '..')
const namespace = 'demo'

/** One Pod of each kind of pair, seen from `client`. */
const pods = {client: 'n1', neighbour: 'n1', near: 'n2', far: 'n3'} as const

process.exitCode = (await runInside({fresh: true})) ?? (await main())

async function main(): Promise<number> {
  const start = performance.now()
  say('A real Kubernetes: four Nodes in two subnets, in network namespaces of this machine')
  await up()
  say('Our node agent, from the manifest that a user applies')
  await deploy()
  say('Pods: two on n1, one on its neighbour n2 in the same subnet, one on n3 across the router')
  await startPods()

  say('Every agent, in one request')
  await antctl('get', 'agentinfo')
  say('Two Pods of one Node: Open vSwitch hands the packet over directly')
  await antctl('trace-packet', '-S', `${namespace}/client`, '-D', `${namespace}/neighbour`)
  say('The way of each pair of Nodes in encap, tried with TCP and UDP')
  await showWays()
  say('Now the mode changes, live: from encap to hybrid')
  await antctl('set-mode', 'hybrid', '--yes')
  say('What changed: neighbours in a subnet are now reached without a tunnel')
  await showWays()
  say('One packet, table by table, from Node to Node')
  await antctl('trace-packet', '-S', `${namespace}/client`, '-D', `${namespace}/far`, '-f', 'tcp,tcp_dst=80')

  say(`Done in ${Math.round((performance.now() - start) / 1000)} s. The lab is still running; try:`)
  console.log(nextSteps())
  return 0
}

async function startPods(): Promise<void> {
  await applyObjects([
    {apiVersion: 'v1', kind: 'Namespace', metadata: {name: namespace}},
    ...Object.entries(pods).map(([name, nodeName]) => toolboxPod(name, {namespace, nodeName})),
  ])
  await kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s'])
}

async function showWays(): Promise<void> {
  await antctl('check', 'reachability', '--nodes', 'n1,n2,n3')
}

async function antctl(...args: readonly string[]): Promise<void> {
  console.log(styleText('dim', `$ antctl ${args.join(' ')}`))
  await execa(join(root, 'bin', 'antctl'), [...args], {env: {KUBECONFIG: kubeconfigPath}, stdio: 'inherit'})
}

function say(sentence: string): void {
  console.log(`\n${styleText('bold', `── ${sentence}`)}`)
}

function nextSteps(): string {
  const shown = kubeconfigPath.startsWith(`${process.cwd()}/`)
    ? kubeconfigPath.slice(process.cwd().length + 1)
    : kubeconfigPath
  return [
    `  export KUBECONFIG=${shown} PATH="$PWD/bin:$PATH"`,
    `  antctl get agentinfo`,
    `  antctl get ovsflows --nodes n1 -T L3Forwarding`,
    `  antctl trace-packet -S ${namespace}/client -D ${namespace}/near`,
    `  antctl check reachability`,
    `  antctl set-mode encap`,
    `  npm run lab -- kubectl get pods -A -o wide`,
    `  npm run lab -- down`,
  ].join('\n')
}
