import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {listen} from '../cluster/fake-servers.ts'

export interface RecordedCluster extends AsyncDisposable {
  readonly kubeconfig: string
}

/** An API server that tells of so many Nodes what it would hold of them; their agents are not there. */
export async function recordedCluster(count: number): Promise<RecordedCluster> {
  await using undo = new AsyncDisposableStack()
  const answers: Readonly<Record<string, string>> = {
    '/apis/crd.antrea.io/v1beta1/antreaagentinfos': listOf(count, (at) => recordedAgent(at)),
    '/api/v1/nodes': listOf(count, node),
    '/apis/networking.k8s.io/v1/networkpolicies': listOf(0, node),
    '/api/v1/namespaces/kube-system/configmaps/antrea-config': JSON.stringify({
      metadata: {name: 'antrea-config', resourceVersion: '1'},
      data: {'antrea-agent.conf': 'trafficEncapMode: hybrid\n'},
    }),
  }
  const server = undo.use(
    await listen((request, response) => {
      const body = answers[(request.url ?? '').split('?')[0] ?? '']
      response.writeHead(body === undefined ? 404 : 200, {'content-type': 'application/json'})
      response.end(body ?? JSON.stringify({kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404}))
    }),
  )
  server.server.on('upgrade', (_request, socket) => socket.destroy())
  const folder = await mkdtemp(join(tmpdir(), 'antctl-recorded-'))
  undo.defer(() => rm(folder, {recursive: true}))
  const kubeconfig = join(folder, 'config')
  const authority = Buffer.from(server.authority).toString('base64')
  const cluster = {server: `https://127.0.0.1:${server.port}`, 'certificate-authority-data': authority}
  const config = {
    'current-context': 'c',
    contexts: [{name: 'c', context: {cluster: 'c', user: 'u'}}],
    clusters: [{name: 'c', cluster}],
    users: [{name: 'u', user: {token: 't'}}],
  }
  await writeFile(kubeconfig, JSON.stringify(config))
  const kept = undo.move()
  return {kubeconfig, [Symbol.asyncDispose]: () => kept.disposeAsync()}
}

function listOf(count: number, item: (at: number) => object): string {
  return JSON.stringify({kind: 'List', metadata: {}, items: Array.from({length: count}, (_, at) => item(at))})
}

function node(at: number): object {
  return {
    metadata: {name: `node-${at}`},
    spec: {podCIDRs: [podCidr(at)]},
    status: {conditions: [{type: 'Ready', status: 'True'}], addresses: [{type: 'InternalIP', address: address(at)}]},
  }
}

/** AntreaAgentInfo of a healthy Node, as the API server has it. */
export function recordedAgent(at: number, prefix = 24): object {
  const heartbeat = {status: 'True', lastHeartbeatTime: new Date().toISOString()}
  return {
    metadata: {name: `node-${at}`},
    version: '0.1.0',
    podRef: {kind: 'Pod', namespace: 'kube-system', name: `antrea-agent-${at}`},
    nodeRef: {kind: 'Node', name: `node-${at}`},
    nodeSubnets: [podCidr(at)],
    ovsInfo: {version: '3.1.0', bridgeName: 'br-int', flowTable: {}},
    apiPort: 10_350,
    apiCABundle: '',
    agentConditions: [
      {type: 'AgentHealthy', ...heartbeat},
      {type: 'ConfigValid', ...heartbeat},
    ],
    networkInfo: {
      transportInterface: 'eth0',
      transportInterfaceMTU: 1500,
      podMTU: 1450,
      transportInterfaceIPs: [`${address(at)}/${prefix}`],
      trafficEncapMode: 'hybrid',
      tunnelType: 'geneve',
    },
  }
}

/** Subnets of fifty. */
function address(at: number): string {
  return `172.16.${Math.floor(at / 50)}.${(at % 50) + 10}`
}

function podCidr(at: number): string {
  return `10.${64 + Math.floor(at / 256)}.${at % 256}.0/24`
}
