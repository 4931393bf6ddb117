import {existsSync, readFileSync} from 'node:fs'
import {homedir} from 'node:os'
import {delimiter, dirname, join, resolve} from 'node:path'
import * as v from 'valibot'
import {openBrackets} from '../model/config/open-brackets.ts'
import {AntctlError, sentenceOf} from '../model/errors.ts'
import {readPlainYaml} from './plain-yaml.ts'

/** One context, put together: which cluster, as whom. Paths are absolute, `…-data` is decoded. */
export interface KubeContext {
  readonly name: string
  readonly namespace: string
  readonly cluster: KubeCluster
  readonly user: KubeUser
}

export interface KubeCluster {
  readonly server: string
  readonly ca?: string
  readonly insecure: boolean
  readonly servername?: string
  readonly proxyUrl?: string
}

/** `static`: usable as it stands. `program`: needs an exec plugin or an identity provider. */
export type KubeUser =
  | {
      readonly kind: 'static'
      readonly certificate?: {readonly cert: string; readonly key: string}
      readonly token?: string
      readonly tokenFile?: string
    }
  | {readonly kind: 'program'}

export interface KubeconfigChoice {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  /** In place of the address that the context gives. */
  readonly server?: string | undefined
}

/** kubectl's order: --kubeconfig, $KUBECONFIG (the first file that names a thing wins), ~/.kube/config; none: undefined. */
export function kubeconfigFiles(
  choice: KubeconfigChoice,
  environment: NodeJS.ProcessEnv,
): readonly string[] | undefined {
  if (choice.kubeconfig !== undefined) return [choice.kubeconfig]
  const listed = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '')
  if (listed.length > 0) return listed
  const home = environment['HOME'] ?? homeOfUser()
  if (home === undefined) return undefined
  const usual = join(home, '.kube', 'config')
  return existsSync(usual) ? [usual] : undefined
}

/** undefined: a user that the machine does not know, as in a container with any number. */
function homeOfUser(): string | undefined {
  try {
    return homedir()
  } catch {
    return undefined
  }
}

/** Reads and merges the files, and puts the chosen (or current) context together. */
export async function readKubeconfig(files: readonly string[], chosen?: string): Promise<KubeContext> {
  const parts = await Promise.all(
    files.filter((file) => files.length === 1 || existsSync(file)).map((file) => readPart(file)),
  )
  const current = chosen ?? parts.map((part) => part['current-context']).find((name) => name !== '')
  const names = parts.flatMap((part) => part.contexts.map(({name}) => name))
  if (current === undefined) throw invalid(`${files.join(', ')} has no current context`, chooseOf(names))
  const context = find(
    parts.map((part) => part.contexts),
    current,
  )?.context
  if (context === undefined)
    throw invalid(`there is no context ${JSON.stringify(current)} in ${files.join(', ')}`, chooseOf(names))
  const cluster = find(
    parts.map((part) => part.clusters),
    context.cluster,
  )
  if (cluster === undefined)
    throw invalid(`context ${current} names the cluster ${JSON.stringify(context.cluster)}, which is not there`)
  const user = find(
    parts.map((part) => part.users),
    context.user,
  )
  return {
    name: current,
    namespace: context.namespace ?? 'default',
    cluster: clusterOf(cluster.cluster, cluster.directory),
    user: user === undefined ? {kind: 'static'} : userOf(user.user, user.directory),
  }
}

type Part = Awaited<ReturnType<typeof readPart>>

async function readPart(file: string) {
  const raw = v.safeParse(schema, (await readYaml(file)) ?? {})
  if (!raw.success) throw invalid(`${file}: ${raw.issues[0].message}`)
  const directory = dirname(resolve(file))
  return {
    ...raw.output,
    clusters: (raw.output.clusters ?? []).map((entry) => ({...entry, directory})),
    users: (raw.output.users ?? []).map((entry) => ({...entry, directory})),
    contexts: raw.output.contexts ?? [],
  }
}

/** Brackets that are open at one place: a kubeconfig written as JSON has six, and the parser goes down for each. */
const mostOpen = 100

async function readYaml(file: string): Promise<unknown> {
  try {
    const source = readFileSync(file, 'utf8')
    const plain = readPlainYaml(source)
    if (plain !== undefined) return plain
    if (openBrackets(source) > mostOpen) throw new Error('it is nested too deep')
    const {parse} = await import('../model/yaml.ts')
    return parse(source)
  } catch (error) {
    throw invalid(`${file} cannot be read: ${sentenceOf(error)}`, ['name another with --kubeconfig or KUBECONFIG'])
  }
}

const text = v.exactOptional(v.string())
const schema = v.object({
  'current-context': v.nullish(v.string(), ''),
  contexts: v.nullish(
    v.array(v.object({name: v.string(), context: v.object({cluster: v.string(), user: v.string(), namespace: text})})),
  ),
  clusters: v.nullish(
    v.array(
      v.object({
        name: v.string(),
        cluster: v.object({
          server: v.string(),
          'certificate-authority': text,
          'certificate-authority-data': text,
          'insecure-skip-tls-verify': v.exactOptional(v.boolean()),
          'tls-server-name': text,
          'proxy-url': text,
        }),
      }),
    ),
  ),
  users: v.nullish(
    v.array(
      v.object({
        name: v.string(),
        user: v.nullish(
          v.looseObject({
            'client-certificate': text,
            'client-certificate-data': text,
            'client-key': text,
            'client-key-data': text,
            token: text,
            tokenFile: text,
          }),
          {},
        ),
      }),
    ),
  ),
})

function clusterOf(cluster: NonNullable<Part['clusters'][number]>['cluster'], directory: string): KubeCluster {
  const ca = pem(cluster['certificate-authority-data'], cluster['certificate-authority'], directory)
  return {
    server: cluster.server,
    insecure: cluster['insecure-skip-tls-verify'] ?? false,
    ...(ca !== undefined && {ca}),
    ...(cluster['tls-server-name'] !== undefined && {servername: cluster['tls-server-name']}),
    ...(cluster['proxy-url'] !== undefined && {proxyUrl: cluster['proxy-url']}),
  }
}

function userOf(user: NonNullable<Part['users'][number]>['user'], directory: string): KubeUser {
  if (['exec', 'auth-provider', 'username'].some((key) => user[key] !== undefined)) return {kind: 'program'}
  const cert = pem(user['client-certificate-data'], user['client-certificate'], directory)
  const key = pem(user['client-key-data'], user['client-key'], directory)
  return {
    kind: 'static',
    ...(cert !== undefined && key !== undefined && {certificate: {cert, key}}),
    ...(user.token !== undefined && {token: user.token}),
    ...(user.tokenFile !== undefined && {tokenFile: resolve(directory, user.tokenFile)}),
  }
}

function pem(data: string | undefined, file: string | undefined, directory: string): string | undefined {
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64').toString('utf8')
  if (file === undefined || file === '') return undefined
  const path = resolve(directory, file)
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw invalid(`${path}, which the kubeconfig names, cannot be read: ${sentenceOf(error)}`)
  }
}

function find<Named extends {readonly name: string}>(
  lists: readonly (readonly Named[])[],
  name: string,
): Named | undefined {
  return lists.flat().find((entry) => entry.name === name)
}

function chooseOf(names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`choose one with --context: ${names.join(', ')}`]
}

function invalid(sentence: string, remedy: readonly string[] = []): AntctlError {
  return new AntctlError('KUBECONFIG_INVALID', sentence, {remedy})
}
