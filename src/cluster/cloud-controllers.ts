import * as v from 'valibot'
import {AntctlError} from '../model/errors.ts'
import type {ApiServer, CallOptions} from './api.ts'

/** Programs in kube-system that put routes to podCIDRs where no agent can. */
export interface CloudControllers {
  /** A cloud-controller-manager, and whether it was told to keep routes. */
  readonly routes: readonly {readonly workload: string; readonly keepsRoutes: boolean}[]
  /** kube-router; `advertisesOnly`: it leaves the Pods' network and their policies alone. */
  readonly kubeRouter?: {readonly workload: string; readonly advertisesOnly: boolean}
}

/** Where they are looked for: they may be static Pods, which no workload speaks for. */
const places = [
  {kind: 'DaemonSet', path: '/apis/apps/v1/namespaces/kube-system/daemonsets'},
  {kind: 'Deployment', path: '/apis/apps/v1/namespaces/kube-system/deployments'},
  {
    kind: 'Pod',
    path: '/api/v1/namespaces/kube-system/pods?labelSelector=component%20in%20(cloud-controller-manager,kube-controller-manager)',
  },
] as const

/** undefined where the caller may not list them. */
export async function findCloudControllers(
  api: Pick<ApiServer, 'list'>,
  options?: CallOptions,
): Promise<CloudControllers | undefined> {
  try {
    const lists = await Promise.all(
      places.map(async ({kind, path}) => {
        const {items} = await api.list(path, options)
        return items.flatMap((item) => programsOf(kind, item))
      }),
    )
    return controllersAmong(lists.flat())
  } catch (error) {
    if (error instanceof AntctlError && error.code === 'API_FORBIDDEN') return undefined
    throw error
  }
}

interface Program {
  readonly workload: string
  readonly image: string
  readonly words: readonly string[]
}

const texts = v.optional(v.array(v.string()), [])
const podSpec = v.object({
  containers: v.array(v.object({image: v.optional(v.string(), ''), command: texts, args: texts})),
})
const named = v.object({name: v.string()})
const podSchema = v.object({metadata: named, spec: podSpec})
const workloadSchema = v.object({metadata: named, spec: v.object({template: v.object({spec: podSpec})})})

function programsOf(kind: string, item: unknown): readonly Program[] {
  const workload = v.safeParse(workloadSchema, item)
  const pod = v.safeParse(podSchema, item)
  const found = workload.success
    ? {name: workload.output.metadata.name, spec: workload.output.spec.template.spec}
    : pod.success
      ? {name: pod.output.metadata.name, spec: pod.output.spec}
      : undefined
  return (found?.spec.containers ?? []).map(({image, command, args}) => ({
    workload: `${kind} kube-system/${found?.name ?? ''}`,
    image,
    // Some manifests give the whole line to a shell.
    words: [...command, ...args].flatMap((word) => word.split(/\s+/u)),
  }))
}

function controllersAmong(programs: readonly Program[]): CloudControllers {
  const routes = programs
    .filter(({image, words}) => isCloudController(image, words))
    .map(({workload, words}) => ({workload, keepsRoutes: keepsRoutes(words)}))
  const router = programs.find(({image, words}) => /(?:^|\/)kube-router(?:$|[:@])/u.test(image) || words.some(isRouter))
  return {
    routes,
    ...(router !== undefined && {
      kubeRouter: {workload: router.workload, advertisesOnly: advertisesOnly(router.words)},
    }),
  }
}

/** kube-controller-manager has the same controllers built in where it is told of a cloud. */
function isCloudController(image: string, words: readonly string[]): boolean {
  const isOwn = [image, ...words].some((text) =>
    /cloud-controller-manager|cloud-provider-vsphere|vsphere-cloud-controller/u.test(text),
  )
  const cloud = flag(words, 'cloud-provider')
  const isBuiltIn = words.some((word) => /(?:^|\/)kube-controller-manager$/u.test(word)) && cloud !== undefined
  return isOwn || (isBuiltIn && cloud !== 'external' && cloud !== '')
}

/** As k8s.io/cloud-provider starts its route controller: both flags, and nobody took it out of the list. */
function keepsRoutes(words: readonly string[]): boolean {
  const off = (flag(words, 'controllers') ?? '').split(',')
  return (
    isTrue(flag(words, 'allocate-node-cidrs') ?? 'false') &&
    isTrue(flag(words, 'configure-cloud-routes') ?? 'true') &&
    !off.includes('-route') &&
    !off.includes('-node-route-controller')
  )
}

function advertisesOnly(words: readonly string[]): boolean {
  const isOff = (name: string) => flag(words, name) === 'false'
  return ['enable-cni', 'enable-overlay', 'run-firewall', 'run-service-proxy'].every(isOff)
}

function isRouter(word: string): boolean {
  return /(?:^|\/)kube-router$/u.test(word)
}

/** "--name=value" or "--name value"; a name alone is "true". */
function flag(words: readonly string[], name: string): string | undefined {
  const at = words.findLastIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`))
  const word = words[at]
  if (word === undefined) return undefined
  if (word.includes('=')) return word.slice(word.indexOf('=') + 1)
  const next = words[at + 1]
  return next === undefined || next.startsWith('-') ? 'true' : next
}

function isTrue(text: string): boolean {
  return ['true', 't', '1'].includes(text.toLowerCase())
}
