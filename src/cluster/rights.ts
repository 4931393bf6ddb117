import * as v from 'valibot'
import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import type {Restarted} from '../model/restart-event.ts'
import type {ApiServer} from './api.ts'

/** One rule of RBAC. Without a namespace it is needed in a ClusterRole. */
export interface Right {
  readonly verbs: readonly string[]
  readonly group: string
  /** With its subresource: pods/portforward. */
  readonly resource: string
  readonly namespace?: string
  readonly name?: string
  /** "so that …" */
  readonly purpose: string
}

const own = names.namespace

/** What reading with antctl takes: the roles antctl-user of deploy/antrea.yml, which a unit test compares. */
export const readerRights: readonly Right[] = [
  {verbs: ['list'], group: 'crd.antrea.io', resource: 'antreaagentinfos', purpose: 'the agents are found'},
  {verbs: ['get', 'create'], group: '', resource: 'pods/portforward', namespace: own, purpose: 'agents are reached'},
  {
    verbs: ['create'],
    group: '',
    resource: 'serviceaccounts/token',
    namespace: own,
    name: names.readerServiceAccount,
    purpose: 'agents are asked with a token that may only read',
  },
  {verbs: ['get', 'list'], group: '', resource: 'pods', purpose: 'Pods are found on their Nodes'},
  {verbs: ['list'], group: '', resource: 'nodes', purpose: 'Nodes are chosen by their labels'},
  {
    verbs: ['get'],
    group: '',
    resource: 'configmaps',
    namespace: own,
    name: names.configMap,
    purpose: 'the configuration is compared with what agents run',
  },
]

/** What listening to packets and sending one takes beside it: the role antctl-capturer of deploy/antrea.yml. */
export const captureRights: readonly Right[] = [
  {
    verbs: ['create'],
    group: '',
    resource: 'serviceaccounts/token',
    namespace: own,
    name: names.captureServiceAccount,
    purpose: 'agents listen to packets, or send one as a Pod',
  },
]

/** Which an agent's path takes, and who has them. */
export function rightsFor(path: string): Needed {
  if (!path.startsWith('/capture/')) return reader
  return {rights: [...readerRights, ...captureRights], roles: [...reader.roles, 'antctl-capturer']}
}

interface Needed {
  readonly rights: readonly Right[]
  readonly roles: readonly string[]
}

const reader: Needed = {rights: readerRights, roles: ['antctl-user']}

const record = {namespace: own, name: names.changeRecord} as const

const lease: Right = {
  verbs: ['get', 'update'],
  group: 'coordination.k8s.io',
  resource: 'leases',
  ...record,
  purpose: 'one process at a time changes Nodes, or restarts agents',
}

const probing: Right = {
  verbs: ['create', 'get', 'list', 'watch', 'patch', 'delete'],
  group: 'antctl.internal',
  resource: 'probesessions',
  purpose: 'agents tell what is lost',
}

/** What having agents probe takes beside it. */
export const probingNeeded: Needed = {rights: [probing], roles: ['antctl-operator']}

/** What changing takes beside it: the roles antctl-operator of deploy/antrea.yml. */
export const operatorRights: readonly Right[] = [
  {
    verbs: ['patch'],
    group: '',
    resource: 'configmaps',
    namespace: own,
    name: names.configMap,
    purpose: 'the configuration is changed',
  },
  {
    verbs: ['get', 'update', 'patch'],
    group: '',
    resource: 'configmaps',
    ...record,
    purpose: 'a change is recorded, and no second one begins',
  },
  lease,
  {
    verbs: ['list', 'create', 'update', 'patch', 'delete'],
    group: 'crd.antrea.io',
    resource: 'antreanodeconfigs',
    purpose: 'Nodes change one after the other',
  },
  probing,
]

/** What a change of upstream's agents takes: their Pods are deleted, and routes that they leave are looked for. */
export const rollingRights: readonly Right[] = [
  ...operatorRights.slice(0, 1),
  {
    verbs: ['create'],
    group: '',
    resource: 'configmaps',
    namespace: own,
    purpose: 'a change is recorded, and no second one begins',
  },
  ...operatorRights.slice(1, 2),
  {
    verbs: ['get', 'create', 'update'],
    group: 'coordination.k8s.io',
    resource: 'leases',
    namespace: own,
    purpose: 'one process carries a change out',
  },
  {verbs: ['list', 'delete'], group: '', resource: 'pods', namespace: own, purpose: 'agents start anew'},
  {
    verbs: ['get', 'create'],
    group: '',
    resource: 'pods/exec',
    namespace: own,
    purpose: 'routes that an agent leaves behind are looked for on its Node',
  },
]

/** Of antctl-operator, too: what is asked for when agents alone are started anew, or Open vSwitch with them. */
export const restartRights: Readonly<Record<Restarted, readonly Right[]>> = {
  agent: [
    lease,
    probing,
    {
      verbs: ['create', 'patch'],
      group: 'crd.antrea.io',
      resource: 'antreanodeconfigs',
      purpose: 'agents are asked to start anew',
    },
  ],
  switch: [
    lease,
    probing,
    {verbs: ['delete'], group: '', resource: 'pods', namespace: own, purpose: 'Open vSwitch is started anew'},
  ],
}

/** API_FORBIDDEN with all rules that are missing, before anything is changed. */
export async function assertOperator(
  api: Pick<ApiServer, 'post'>,
  rights: readonly Right[] = operatorRights,
): Promise<void> {
  const options = {timeout: 5_000}
  const missing = await missingRights(api, rights, options)
  if (missing.length === 0) return
  const user = await whoAmI(api, options)
  throw new AntctlError(
    'API_FORBIDDEN',
    `${user} may not ${missing.map(sentenceOfRight).join(', nor ')}; nothing was changed`,
    {
      remedy: [...missing.map(ruleOf), ...bindings(user, 'antctl-operator')],
    },
  )
}

/** A 403 of the API server with the rules that are missing, by the API server's own word; the error itself where none is. */
export async function explainRefusal(
  api: Pick<ApiServer, 'post'>,
  error: unknown,
  signal?: AbortSignal,
  needed: Needed = reader,
): Promise<unknown> {
  if (!(error instanceof AntctlError) || error.code !== 'API_FORBIDDEN') return error
  const options = {timeout: 5_000, ...(signal !== undefined && {signal})}
  try {
    const [missing, user] = await Promise.all([missingRights(api, needed.rights, options), whoAmI(api, options)])
    if (missing.length === 0) return error
    return new AntctlError('API_FORBIDDEN', `${user} may not ${missing.map(sentenceOfRight).join(', nor ')}`, {
      remedy: [...missing.map(ruleOf), ...needed.roles.flatMap((role) => bindings(user, role))],
      cause: error,
    })
  } catch {
    // Who may not even ask keeps the first answer.
    return error
  }
}

/** By SelfSubjectAccessReview (authorization.k8s.io/v1), all at once. */
async function missingRights(
  api: Pick<ApiServer, 'post'>,
  rights: readonly Right[],
  options: {readonly timeout: number; readonly signal?: AbortSignal},
): Promise<readonly Right[]> {
  const rows = await Promise.all(
    rights.map(async (right) => {
      const verbs = await Promise.all(
        right.verbs.map(async (verb) => ((await mayI(api, right, verb, options)) ? [] : [verb])),
      )
      return {...right, verbs: verbs.flat()}
    }),
  )
  return rows.filter(({verbs}) => verbs.length > 0)
}

const allowed = v.object({status: v.object({allowed: v.boolean()})})

async function mayI(
  api: Pick<ApiServer, 'post'>,
  {group, resource: full, namespace, name}: Right,
  verb: string,
  options: {readonly timeout: number; readonly signal?: AbortSignal},
): Promise<boolean> {
  const [resource, subresource] = full.split('/')
  const resourceAttributes = {verb, group, resource, subresource, namespace, name}
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: {resourceAttributes},
  }
  const answer = await api.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, options)
  return v.parse(allowed, answer).status.allowed
}

const userInfo = v.object({status: v.object({userInfo: v.object({username: v.string()})})})

export async function whoAmI(
  api: Pick<ApiServer, 'post'>,
  options: {readonly timeout: number; readonly signal?: AbortSignal},
): Promise<string> {
  const review = {apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview'}
  const answer = await api.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', review, options)
  return v.parse(userInfo, answer).status.userInfo.username
}

function sentenceOfRight({verbs, resource, namespace, name, purpose}: Right): string {
  const place = namespace === undefined ? '' : ` in ${namespace}`
  return `${verbs.join(' or ')} ${resource}${name === undefined ? '' : ` ${name}`}${place} (by which ${purpose})`
}

function ruleOf({verbs, group, resource, namespace, name}: Right): string {
  const rule = {
    apiGroups: [group],
    resources: [resource],
    ...(name !== undefined && {resourceNames: [name]}),
    verbs,
  }
  const place = namespace === undefined ? 'a ClusterRole' : `a Role in ${namespace}`
  return `the rule for ${place}: ${JSON.stringify(rule)}`
}

/** Only a name that no shell reads anything into is put into a command. */
function bindings(user: string, role: string): readonly string[] {
  const subject = /^[\w.:@-]+$/u.test(user) ? `--user ${user}` : '--user NAME'
  const inOwn = `kubectl -n ${own} create rolebinding NAME --role ${role} ${subject}`
  if (onlyInOwn.has(role)) return [`or all of ${role}: ${inOwn}`]
  return [`or all of ${role}: kubectl create clusterrolebinding NAME --clusterrole ${role} ${subject}`, `and ${inOwn}`]
}

/** Roles that are no ClusterRoles, too. */
const onlyInOwn: ReadonlySet<string> = new Set(['antctl-capturer'])
