import type {RequestOptions} from 'node:https'
import {existsSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {AntctlError, sentenceOf} from '../model/errors.ts'
import {type ApiCredentials, type ApiServer, openApiServer} from './api.ts'
import {trustMachine} from './authorities.ts'
import {type KubeContext, type KubeconfigChoice, kubeconfigFiles, readKubeconfig} from './kubeconfig.ts'

/** A cluster that we may talk to: its API server, and what a WebSocket to it (port-forward, exec) needs. */
export interface Cluster extends AsyncDisposable {
  readonly api: ApiServer
  readonly credentials: ApiCredentials
  /** The context's namespace, where none is named. */
  readonly namespace: string
}

const inCluster = '/var/run/secrets/kubernetes.io/serviceaccount'

/** As kubectl chooses: --kubeconfig, $KUBECONFIG, ~/.kube/config, and inside a Pod its ServiceAccount. */
export async function connect(choice: KubeconfigChoice = {}): Promise<Cluster> {
  const {credentials, namespace} = await credentialsFor(choice)
  const api = openApiServer(credentials)
  return {
    api,
    credentials,
    namespace,
    [Symbol.asyncDispose]: async () => api.close(),
  }
}

async function credentialsFor(choice: KubeconfigChoice): Promise<{credentials: ApiCredentials; namespace: string}> {
  const files = kubeconfigFiles(choice, process.env)
  if (files === undefined) return serviceAccount()
  const chosen = await readKubeconfig(files, choice.context)
  const context =
    choice.server === undefined ? chosen : {...chosen, cluster: {...chosen.cluster, server: choice.server}}
  if (context.user.kind === 'program') {
    return {credentials: await withClientNode(files, context), namespace: context.namespace}
  }
  const {token, tokenFile, certificate} = context.user
  const ask = tokenFile === undefined ? token && (() => Promise.resolve(token)) : () => readToken(tokenFile)
  const {server, ca, insecure, servername, proxyUrl} = context.cluster
  return {
    credentials: {server, ca, insecure, servername, proxyUrl, certificate, token: ask || undefined},
    namespace: context.namespace,
  }
}

async function serviceAccount(): Promise<{credentials: ApiCredentials; namespace: string}> {
  const host = process.env['KUBERNETES_SERVICE_HOST']
  if (host === undefined || !existsSync(`${inCluster}/token`)) {
    throw new AntctlError(
      'KUBECONFIG_INVALID',
      'there is no kubeconfig: neither --kubeconfig, KUBECONFIG nor ~/.kube/config',
      {
        remedy: [
          'antctl --kubeconfig FILE …',
          'in this repository: npm run lab -- up, then KUBECONFIG=.cache/lab/kubeconfig',
        ],
      },
    )
  }
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${process.env['KUBERNETES_SERVICE_PORT'] ?? '443'}`
  const ca = await readFile(`${inCluster}/ca.crt`, 'utf8')
  const namespace = (await readFile(`${inCluster}/namespace`, 'utf8').catch(() => 'default')).trim()
  return {credentials: {server, ca, token: () => readToken(`${inCluster}/token`)}, namespace}
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new AntctlError('KUBECONFIG_INVALID', `the token file ${file} cannot be read: ${sentenceOf(error)}`)
  }
}

/**
 * Exec plugins and identity providers are client-node's: it costs half a second to load, so that only the
 * kubeconfigs that need it pay. Its answer is taken once: a command is shorter than a token's life.
 */
async function withClientNode(files: readonly string[], context: KubeContext): Promise<ApiCredentials> {
  const {KubeConfig} = await import('@kubernetes/client-node')
  const {cluster} = context
  const {server, ca, insecure, servername, proxyUrl} = cluster
  const base = {server, ca, insecure, servername, proxyUrl}
  try {
    trustMachine()
    const config = new KubeConfig()
    for (const [at, file] of files.filter((file) => existsSync(file)).entries()) {
      const part = new KubeConfig()
      part.loadFromFile(file)
      if (at === 0) config.loadFromFile(file)
      else config.mergeConfig(part, false)
    }
    config.setCurrentContext(context.name)
    const headers: Record<string, string> = {}
    const options: RequestOptions = {headers}
    await config.applyToHTTPSOptions(options)
    const authorization = headers['Authorization']
    const [cert, key] = [pemText(options.cert), pemText(options.key)]
    const token = authorization?.startsWith('Bearer ') === true ? authorization.slice('Bearer '.length) : undefined
    return {
      ...base,
      ...(token !== undefined && {token: () => Promise.resolve(token)}),
      ...(cert !== undefined && key !== undefined && {certificate: {cert, key}}),
    }
  } catch (error) {
    throw new AntctlError(
      'KUBECONFIG_INVALID',
      `the credentials of context ${context.name} could not be had: ${sentenceOf(error)}`,
      {
        remedy: [`kubectl --context ${context.name} auth whoami`],
        cause: error,
      },
    )
  }
}

function pemText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return Buffer.isBuffer(value) ? value.toString('utf8') : undefined
}
