import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import * as v from 'valibot'
import {parseAllDocuments} from 'yaml'
import type {ApiServer} from '../../src/cluster/api.ts'
import {
  assertOperator,
  explainRefusal,
  operatorRights,
  readerRights,
  restartRights,
  type Right,
  rollingRights,
} from '../../src/cluster/rights.ts'
import {AntctlError} from '../../src/model/errors.ts'

const rule = v.object({
  apiGroups: v.optional(v.array(v.string()), []),
  resources: v.optional(v.array(v.string()), []),
  resourceNames: v.optional(v.array(v.string()), []),
  verbs: v.array(v.string()),
})
const role = v.object({
  kind: v.picklist(['Role', 'ClusterRole']),
  metadata: v.object({name: v.picklist(['antctl-user', 'antctl-operator']), namespace: v.optional(v.string())}),
  rules: v.array(rule),
})

const manifest = readFileSync(new URL('../../deploy/antrea.yml', import.meta.url), 'utf8')
const rules = parseAllDocuments(manifest).flatMap((document) => {
  const parsed = v.safeParse(role, document.toJS())
  if (!parsed.success) return []
  return parsed.output.rules.map((one) => ({...one, ...parsed.output.metadata}))
})

const operating = [...operatorRights, ...restartRights.agent, ...restartRights.switch]
const granting = [
  ...readerRights.map((right) => ({role: 'antctl-user', right})),
  ...operating.map((right) => ({role: 'antctl-operator', right})),
].map((row) => ({...row, what: `${row.right.verbs.join()} ${row.right.resource} ${row.right.name ?? ''}`}))

test.each(granting)('the role $role grants $what', ({role: wanted, right}) => {
  const {verbs, group, resource, namespace, name} = right
  const granted = rules.filter(
    (one) =>
      one.name === wanted &&
      one.apiGroups.includes(group) &&
      one.resources.includes(resource) &&
      (one.namespace === undefined || one.namespace === namespace) &&
      (one.resourceNames.length === 0 || (name !== undefined && one.resourceNames.includes(name))),
  )
  expect(granted.flatMap((one) => one.verbs)).toEqual(expect.arrayContaining([...verbs]))
})

test('the role antctl-operator grants nothing else', () => {
  const granted = rules
    .filter(({name}) => name === 'antctl-operator')
    .flatMap(({verbs, apiGroups, resources, resourceNames}) =>
      verbs.map((verb) => [verb, ...apiGroups, ...resources, ...resourceNames].join(' ')),
    )
  const asked = operating.flatMap(({verbs, group, resource, name}: Right) =>
    verbs.map((verb) => [verb, group, resource, ...(name === undefined ? [] : [name])].join(' ')),
  )
  expect(new Set(granted)).toEqual(new Set(asked))
})

describe('a refusal is explained by the API server itself', () => {
  const review = v.object({
    spec: v.optional(
      v.object({resourceAttributes: v.object({resource: v.string(), subresource: v.optional(v.string())})}),
    ),
  })
  const serverWhere = (denied: string): Pick<ApiServer, 'post'> => ({
    post: async (path, body) => {
      if (path.endsWith('selfsubjectreviews')) return {status: {userInfo: {username: 'ann'}}}
      const {subresource} = v.parse(review, body).spec?.resourceAttributes ?? {}
      return {status: {allowed: subresource !== denied}}
    },
  })
  const refused = new AntctlError('API_FORBIDDEN', 'pods is forbidden')

  test('with the rule that is missing and how to bind it', async () => {
    const error = await explainRefusal(serverWhere('portforward'), refused)
    expect(error).toMatchObject({
      code: 'API_FORBIDDEN',
      message: 'ann may not get or create pods/portforward in kube-system (by which agents are reached)',
    })
    expect(error instanceof AntctlError ? error.remedy[0] : '').toBe(
      'the rule for a Role in kube-system: {"apiGroups":[""],"resources":["pods/portforward"],"verbs":["get","create"]}',
    )
  })
  test('where no rule is missing, and where even asking is not allowed, the first answer stays', async () => {
    expect(await explainRefusal(serverWhere('nothing'), refused)).toBe(refused)
    const closed = {post: () => Promise.reject(refused)}
    expect(await explainRefusal(closed, refused)).toBe(refused)
  })
  test('other errors are left as they are', async () => {
    const other = new AntctlError('AGENT_ANSWER', 'x')
    expect(await explainRefusal(serverWhere('portforward'), other)).toBe(other)
  })
})

describe('what a change takes is asked for before anything is changed', () => {
  const review = v.object({spec: v.optional(v.object({resourceAttributes: v.object({resource: v.string()})}))})
  const without = (denied: string): Pick<ApiServer, 'post'> => ({
    post: async (path, body) => {
      if (path.endsWith('selfsubjectreviews')) return {status: {userInfo: {username: 'ann'}}}
      return {status: {allowed: v.parse(review, body).spec?.resourceAttributes.resource !== denied}}
    },
  })
  test.each([
    ['a restart', 'leases', restartRights.agent, /^ann may not get or update leases antctl-change/u],
    ['a restart of Open vSwitch', 'pods', restartRights.switch, /^ann may not delete pods in kube-system/u],
    ["a change of upstream's agents", 'pods', rollingRights, /pods in kube-system.*nor get or create pods\/exec/u],
  ] as const)('%s without %s', async (_what, denied, rights, sentence) => {
    const found = await assertOperator(without(denied), rights).catch((error: unknown) => error)
    expect(found).toMatchObject({code: 'API_FORBIDDEN', message: expect.stringMatching(sentence)})
    await assertOperator(without('nothing'), rights)
  })
})
