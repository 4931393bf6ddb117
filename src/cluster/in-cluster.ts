import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {AntctlError} from '../model/errors.ts'
import {type ApiServer, openApiServer} from './api.ts'

const mounted = '/var/run/secrets/kubernetes.io/serviceaccount'
/** The kubelet rewrites the token at 80 % of an hour; reading it each minute is soon enough. */
const tokenAge = 60_000

/** The API server as a Pod's ServiceAccount; `override` is antrea-agent.conf's kubeAPIServerOverride. */
export async function openInCluster(override?: string, folder = mounted): Promise<ApiServer> {
  const ca = await readFile(join(folder, 'ca.crt'), 'utf8').catch((cause: unknown) => {
    throw new AntctlError('API_UNAUTHORIZED', `there is no ServiceAccount mounted at ${folder}`, {cause})
  })
  return openApiServer({server: override ?? serverOf(process.env), ca, token: rereadToken(join(folder, 'token'))})
}

function serverOf(environment: NodeJS.ProcessEnv): string {
  const host = environment['KUBERNETES_SERVICE_HOST']
  const port = environment['KUBERNETES_SERVICE_PORT_HTTPS'] ?? environment['KUBERNETES_SERVICE_PORT'] ?? '443'
  if (host === undefined)
    throw new AntctlError('API_UNREACHABLE', 'KUBERNETES_SERVICE_HOST is not set: not in a cluster')
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function rereadToken(file: string): () => Promise<string> {
  let kept = {token: '', readAt: -Infinity}
  return async () => {
    if (performance.now() - kept.readAt > tokenAge) {
      kept = {token: (await readFile(file, 'utf8')).trim(), readAt: performance.now()}
    }
    return kept.token
  }
}
