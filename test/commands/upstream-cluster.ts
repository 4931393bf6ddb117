import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {parse} from 'yaml'
import {forwardTo, listen} from '../cluster/fake-servers.ts'

export type RecordedMode = 'encap' | 'hybrid' | 'noEncap'

export interface UpstreamCluster extends AsyncDisposable {
  readonly kubeconfig: string
}

/**
 * A cluster of upstream's, as one was recorded: its AntreaAgentInfo behind an API server that forwards ports, its agent's
 * answers behind TLS with an authority of its own. What was not recorded is not there, as on the real one.
 */
export async function startUpstream(mode: RecordedMode): Promise<UpstreamCluster> {
  await using started = new AsyncDisposableStack()
  const answers = await recordedAnswers(mode)
  const agent = started.use(
    await listen((request, response) => {
      const path = new URL(request.url ?? '/', 'https://localhost').pathname
      const answer = answers[path]
      response.statusCode = answer === undefined ? 404 : 200
      response.end(answer === undefined ? '404 page not found\n' : JSON.stringify(answer))
    }),
  )
  const info = {...(await recordedInfo(mode)), apiCABundle: Buffer.from(agent.authority).toString('base64')}
  const api = started.use(
    await listen((request, response) => {
      const path = (request.url ?? '').split('?')[0] ?? ''
      const answer = apiAnswers(info, mode)[`${request.method} ${path}`]
      response.statusCode = answer === undefined ? 404 : 200
      response.end(JSON.stringify(answer ?? {message: `there is no ${path}`}))
    }),
  )
  api.server.on('upgrade', forwardTo(agent.port))
  const folder = await mkdtemp(join(tmpdir(), 'antctl-upstream-'))
  started.defer(() => rm(folder, {recursive: true}))
  const kubeconfig = join(folder, 'config')
  await writeFile(kubeconfig, kubeconfigFor(api.port, api.authority))
  const kept = started.move()
  return {kubeconfig, [Symbol.asyncDispose]: () => kept.disposeAsync()}
}

const fixture = (mode: RecordedMode, name: string) =>
  readFile(new URL(`../fixtures/upstream/${mode}/${name}`, import.meta.url), 'utf8')

/** Upstream's JSON drops what is empty: an agent without flows of a Pod answers null. */
async function recordedAnswers(mode: RecordedMode): Promise<Readonly<Record<string, unknown>>> {
  return {
    '/agentinfo': JSON.parse(await fixture(mode, 'agentinfo.json')),
    '/podinterfaces': parse(await fixture(mode, 'podinterface.yaml')),
    '/ovsflows': JSON.parse(await fixture(mode, 'ovsflows.json')),
    '/memberlist': [1, 2, 3].map((number) => ({
      nodeName: `node${number}`,
      ip: `172.31.${number < 3 ? 1 : 2}.1${number}`,
      status: 'Alive',
    })),
    '/loglevel': 0,
  }
}

/** With heartbeats of just now, so that how old they are is no matter of when the test runs. */
async function recordedInfo(mode: RecordedMode): Promise<object> {
  const text = await fixture(mode, 'AntreaAgentInfo-CR.yaml')
  const now = new Date().toISOString()
  const info: unknown = parse(text.replaceAll(/lastHeartbeatTime: .*/gu, `lastHeartbeatTime: ${JSON.stringify(now)}`))
  return typeof info === 'object' && info !== null ? info : {}
}

function apiAnswers(info: object, mode: RecordedMode): Readonly<Record<string, unknown>> {
  const core = '/api/v1/namespaces/kube-system'
  return {
    'GET /apis/crd.antrea.io/v1beta1/antreaagentinfos': {metadata: {}, items: [info]},
    [`POST ${core}/serviceaccounts/antctl/token`]: {status: {token: 'short-lived'}},
    [`GET ${core}/configmaps/antrea-config`]: {
      metadata: {resourceVersion: '1'},
      data: {'antrea-agent.conf': `trafficEncapMode: ${mode}\ntunnelType: geneve\nwireGuard:\n  port: 51820\n`},
    },
    'GET /api/v1/namespaces/default/pods/srv': {
      metadata: {name: 'srv', namespace: 'default'},
      spec: {nodeName: 'node1'},
      status: {phase: 'Running', podIP: '10.244.1.2'},
    },
  }
}

function kubeconfigFor(port: number, authority: string): string {
  const cluster = {
    server: `https://localhost:${port}`,
    'certificate-authority-data': Buffer.from(authority).toString('base64'),
  }
  return JSON.stringify({
    'current-context': 'upstream',
    contexts: [{name: 'upstream', context: {cluster: 'upstream', user: 'upstream'}}],
    clusters: [{name: 'upstream', cluster}],
    users: [{name: 'upstream', user: {token: 't'}}],
  })
}
