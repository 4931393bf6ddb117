import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {beforeAll, describe, expect, test} from 'vitest'
import {parse} from 'yaml'
import {antctl, antctlOk, apply, kubeconfigOf, kubectl, namespace, onNode, startPods, startProxy} from './cluster.ts'

const pair = ['-S', `${namespace}/a`, '-D', `${namespace}/far`] as const

/** Every command that reads, and a word that its table must show. */
const commands: Readonly<Record<string, {readonly args: readonly string[]; readonly shows: RegExp}>> = {
  'get agentinfo': {args: ['get', 'agentinfo'], shows: /n4/u},
  'get agentinfo of one Node': {args: ['get', 'agentinfo', 'n2'], shows: /n2/u},
  'get agentinfo --live': {args: ['get', 'agentinfo', '--live'], shows: /n3/u},
  'get podinterface': {args: ['get', 'podinterface'], shows: /e2e/u},
  'get podinterface of one Pod': {args: ['get', 'podinterface', 'far', '-n', namespace], shows: /far/u},
  'get ovsflows': {args: ['get', 'ovsflows'], shows: /L3Forwarding/u},
  'get ovsflows of a table': {args: ['get', 'ovsflows', '--nodes', 'n1', '-T', 'Output'], shows: /Output/u},
  'get ovsflows of a Pod': {args: ['get', 'ovsflows', '-p', 'a', '-n', namespace], shows: /SpoofGuard/u},
  'get ovsflows, filters together': {
    args: ['get', 'ovsflows', '--nodes', 'n1', '-T', 'L3Forwarding', '--tunnelled', '--match', 'nw_dst=10.244.3.9'],
    shows: /nw_dst=10\.244\.3\.0\/24 \(Pods of n3\).*tunnelled to 172\.30\.2\.13 \(transport of n3\)/u,
  },
  'get ovsflows --drift': {args: ['get', 'ovsflows', '--drift'], shows: /All flows are as they must be/u},
  'get ovsflows --table-names-only': {args: ['get', 'ovsflows', '--table-names-only'], shows: /ConntrackZone/u},
  'get routes': {args: ['get', 'routes', '--pods', '--nodes', 'n1'], shows: /n1 +10\.244\.2\.0\/24.*n2 +antctl/u},
  'get neighbors': {args: ['get', 'neighbors', '--nodes', 'n1'], shows: /reachable|stale|delay/u},
  'get nftables': {args: ['get', 'nftables'], shows: /n4 +podCIDR +10\.244\.4\.0\/24/u},
  'get config': {args: ['get', 'config'], shows: /trafficEncapMode +hybrid +configmap\/antrea-config +n1,n2,n3,n4/u},
  'get drift': {args: ['get', 'drift'], shows: /All is as it must be on 4 Nodes/u},
  'get peers': {args: ['get', 'peers', '--nodes', 'n1'], shows: /n2 +routed +same[^]*n3 +tunnelled +other/u},
  'get featuregates': {args: ['get', 'featuregates'], shows: /AntreaProxy +Disabled +NotAvailable +n1,n2,n3,n4/u},
  'get ports': {args: ['get', 'ports', '--nodes', 'n1'], shows: /geneve +key=flow remote_ip=flow/u},
  'get metrics': {args: ['get', 'metrics', 'local_pod_count'], shows: /n1 +antrea_agent_local_pod_count +- +\d/u},
  status: {args: ['status'], shows: /Agents +4 on 4 Nodes: 4 healthy, all answer[^]*All is well/u},
  'status --wait': {args: ['status', '--wait'], shows: /Mode +hybrid everywhere/u},
  'log-level': {args: ['log-level'], shows: /n4 +0 +default/u},
  'trace-packet': {args: ['trace-packet', ...pair], shows: /tunnelled/u},
  'trace-packet to outside': {args: ['trace-packet', '-S', `${namespace}/a`, '-D', '203.0.113.10'], shows: /outside/u},
  'trace-packet of TCP': {args: ['trace-packet', ...pair, '-f', 'tcp,tcp_dst=7001'], shows: /tunnelled/u},
  'trace-packet to a Service': {
    args: ['trace-packet', '-S', `${namespace}/a`, '-D', 'default/kubernetes'],
    shows: /iptables/u,
  },
  'trace-packet from a Node': {args: ['trace-packet', '-S', 'n2', '-D', `${namespace}/far`], shows: /Node n2/u},
  'trace-packet from outside': {
    args: ['trace-packet', '-S', '203.0.113.10', '-D', `${namespace}/far`],
    shows: /inbound/u,
  },
  'trace-packet by a port': {
    args: ['trace-packet', '-p', 'antrea-gw0', '-S', '10.1.2.3', '-D', `${namespace}/far`, '--all'],
    shows: /in by antrea-gw0/u,
  },
  'trace-packet to the gateway': {
    args: ['trace-packet', '-S', `${namespace}/a`, '-D', 'antrea-gw0', '--quiet'],
    shows: /same-node/u,
  },
  'trace-packet of a question for a MAC': {
    args: ['trace-packet', '-p', `${namespace}/a`, '-f', 'arp,arp_tpa=10.244.1.1'],
    shows: /ARPResponder/u,
  },
  'get paths': {args: ['get', 'paths'], shows: /R─/u},
  'get paths --predict': {args: ['get', 'paths', '--predict'], shows: /R─/u},
  'get paths --observe': {args: ['get', 'paths', '--nodes', 'n1,n3', '--observe'], shows: /probes/u},
  'check reachability --no-pods': {args: ['check', 'reachability', '--no-pods'], shows: /all 12 pairs/u},
  'check reachability': {args: ['check', 'reachability', '--nodes', 'n1,n3'], shows: /n3/u},
  'set-mode --dry-run': {args: ['set-mode', 'encap', '--dry-run'], shows: /encap/u},
  version: {args: ['version'], shows: /0\.1\.0/u},
}

beforeAll(async () => {
  await startPods()
  await antctlOk('set-mode', 'hybrid', '--yes')
})

describe.each(Object.entries(commands))('%s', (_name, {args, shows}) => {
  test('as a table', async () => {
    const text = await antctlOk(...args)
    expect(text).toMatch(shows)
    expect(text).not.toContain('\u001b')
  })

  test('as JSON and YAML, with the same content', async () => {
    const json: unknown = JSON.parse(await antctlOk(...args, '-o', 'json'))
    const yaml: unknown = parse(await antctlOk(...args, '-o', 'yaml'))
    expect(shape(yaml)).toEqual(shape(json))
  })
})

describe('who reads chooses form, order and Nodes', () => {
  test('names, and one value of each row', async () => {
    expect(await antctlOk('get', 'agentinfo', '-o', 'name')).toMatch(
      /^(?:antreaagentinfo\.crd\.antrea\.io\/n\d\n?){4}$/u,
    )
    const template = 'jsonpath={range [*]}{.metadata.name}={.networkInfo.trafficEncapMode};{end}'
    expect(await antctlOk('get', 'agentinfo', '-o', template)).toBe('n1=hybrid;n2=hybrid;n3=hybrid;n4=hybrid;')
  })
  test('by label, without headers, sorted, wide', async () => {
    const args = [
      'get',
      'peers',
      '-l',
      'kubernetes.io/hostname in (n1)',
      '--no-headers',
      '--sort-by',
      'peer',
      '-o',
      'wide',
    ]
    expect(await antctlOk(...args)).toMatch(/^n1 +n2 .*\nn1 +n3 .*\nn1 +n4 .*$/u)
  })
  test('a watch gives a line of JSON each time, until its time is over', async () => {
    const {exitCode, stdout} = await antctl('get', 'peers', '-w', '--interval', '1s', '--timeout', '5s', '-o', 'json')
    expect(exitCode).toBe(124)
    const frames = stdout.trim().split('\n')
    expect(frames.length).toBeGreaterThan(1)
    for (const frame of frames) expect(JSON.parse(frame)).toHaveLength(12)
  })
  test('-v tells by which road', async () => {
    const {stderr} = await antctl('get', 'ports', '--nodes', 'n2', '-v')
    expect(stderr).toMatch(/^n2: port-forward through the API server to kube-system\/antrea-agent-\S+ port 10350/u)
  })
})

describe('flows beside others', () => {
  test('a snapshot of the same Node is the same, until a flow is gone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'antctl-flows-'))
    const file = join(folder, 'before')
    await writeFile(file, await antctlOk('get', 'ovsflows', '--nodes', 'n1', '--raw'))
    expect(await antctlOk('get', 'ovsflows', '--nodes', 'n1', '--diff', file)).toMatch(/The flows are the same/u)
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^.*table=36.*\n/mu, ''))
    const {exitCode, stdout} = await antctl('get', 'ovsflows', '--nodes', 'n1', '--diff', file)
    await rm(folder, {recursive: true})
    expect({exitCode, lines: stdout.split('\n').filter((line) => line.includes('→'))}).toMatchObject({
      exitCode: 1,
      lines: [expect.stringContaining('+')],
    })
  })
  test('of two Nodes only what is not their own differs: Pods, and the peers that each other is', async () => {
    const {exitCode, stdout} = await antctl(
      'get',
      'ovsflows',
      '--nodes',
      'n2',
      '--diff',
      'n4',
      '-T',
      'Classifier,Output',
    )
    expect(exitCode).toBe(1)
    expect(stdout).not.toMatch(/in_port=antrea-gw0/u)
    expect(stdout).toMatch(/transport of n4/u)
  })
})

test('a level set for one Node is that Node\u2019s, and taken back', async () => {
  await antctlOk('log-level', '3', '--nodes', 'n2')
  await expect
    .poll(() => antctlOk('log-level'), {timeout: 5_000})
    .toMatch(/n1 +0 +default\nn2 +3 +antreanodeconfig\/n2/u)
  await antctlOk('log-level', 'default', '--nodes', 'n2')
  await expect.poll(() => antctlOk('log-level'), {timeout: 5_000}).toMatch(/n2 +0 +default/u)
})

test('a proxy hands GETs on, to programs of this machine only', async () => {
  await using proxy = await startProxy('n3')
  const info = await fetch(`${proxy.url}/agentinfo`)
  expect(await info.json()).toMatchObject({nodeRef: {name: 'n3'}})
  expect((await fetch(`${proxy.url}/v1/nowhere`)).status).toBe(404)
  expect((await fetch(`${proxy.url}/nowhere`)).status).toBe(403)
  expect((await fetch(`${proxy.url}/agentinfo`, {method: 'POST'})).status).toBe(405)
  expect((await fetch(`${proxy.url}/agentinfo`, {headers: {origin: 'https://example.com'}})).status).toBe(403)
})

describe('rights', () => {
  test('who may do nothing is told which rules are missing, and how to get them', async () => {
    const {exitCode, stderr} = await antctl('get', 'agentinfo', '-k', await kubeconfigOf('nobody'))
    expect(exitCode).toBe(4)
    expect(stderr).toMatch(/e2e:nobody may not list antreaagentinfos.*pods\/portforward in kube-system/u)
    expect(stderr).toMatch(/--clusterrole antctl-user --user system:serviceaccount:e2e:nobody/u)
  })
  test('the role antctl-user is enough to read, and not to change', async () => {
    const file = await kubeconfigOf('reader')
    const subject = {kind: 'ServiceAccount', name: 'reader', namespace}
    const role = (kind: string) => ({apiGroup: 'rbac.authorization.k8s.io', kind, name: 'antctl-user'})
    const rbac = {apiVersion: 'rbac.authorization.k8s.io/v1', subjects: [subject]}
    await apply(
      {...rbac, kind: 'ClusterRoleBinding', metadata: {name: 'e2e-reader'}, roleRef: role('ClusterRole')},
      {...rbac, kind: 'RoleBinding', metadata: {name: 'e2e-reader', namespace: 'kube-system'}, roleRef: role('Role')},
    )
    for (const what of ['podinterface', 'peers', 'config', 'ovsflows']) await antctlOk('get', what, '-k', file)
    const {exitCode, stdout} = await antctl('log-level', '2', '-k', file)
    expect({exitCode, stdout}).toEqual({exitCode: 4, stdout: ''})
  })
})

test('who may not forward a port, and may exec, is led by exec', async () => {
  const file = await kubeconfigOf('execer')
  const subjects = [{kind: 'ServiceAccount', name: 'execer', namespace}]
  const group = 'rbac.authorization.k8s.io'
  const meta = {metadata: {name: 'e2e-execer', namespace: 'kube-system'}, apiVersion: `${group}/v1`}
  await apply(
    {
      ...meta,
      kind: 'Role',
      rules: [
        {apiGroups: [''], resources: ['pods/exec'], verbs: ['get', 'create']},
        {apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: ['antctl'], verbs: ['create']},
      ],
    },
    {...meta, kind: 'RoleBinding', subjects, roleRef: {apiGroup: group, kind: 'Role', name: 'e2e-execer'}},
    {
      ...meta,
      kind: 'ClusterRoleBinding',
      subjects,
      roleRef: {apiGroup: group, kind: 'ClusterRole', name: 'antctl-user'},
    },
  )
  const {exitCode, stdout, stderr} = await antctl('get', 'peers', '--nodes', 'n1,n3', '-v', '-k', file)
  expect(stderr).toMatch(/^n1: exec through the API server to kube-system\/antrea-agent-\S+ port 10350/mu)
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/^n3 +n1 /mu)
})

test('in the Pod of an agent antctl asks that agent, without a kubeconfig', async () => {
  const inAgent = (...args: readonly string[]) =>
    kubectl('-n', 'kube-system', 'exec', 'ds/antrea-agent', '-c', 'antrea-agent', '--', 'antctl', ...args)
  const names = await inAgent('get', 'agentinfo', '-o', 'jsonpath={range [*]}{.nodeRef.name} {end}')
  expect(names).toMatch(/^n[1-4] $/u)
  const ports = JSON.parse(await inAgent('get', 'ports', '-o', 'json'))
  expect(new Set(ports.map(({node}: {readonly node: string}) => node))).toEqual(new Set([names.trim()]))
  const trace = await inAgent('trace-packet', '-S', names.trim(), '-D', '203.0.113.10', '-o', 'jsonpath={.verdict}')
  expect(trace).toBe('outside')
})

/** Keys without values: counters and times move between two calls. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])]
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
}

test.each([
  [['get', 'agentinfo', 'no-such-node'], 2, /no-such-node/u],
  [['get', 'ovsflows', '-T', 'NoSuchTable'], 2, /NoSuchTable/u],
  [['trace-packet', '-S', 'e2e/nobody', '-D', 'e2e/far'], 2, /nobody/u],
  [['trace-packet', '-S', 'e2e/a', '-D', 'e2e/far', '-f', 'tcp; reboot'], 2, /flow/iu],
  [['trace-packet', '-S', 'e2e/a', '-D', 'e2e/far', '-F', '6'], 2, /no IPv6 address/u],
  [['trace-packet', '-S', 'e2e/a', '-D', 'default/kubernetes', '-f', 'udp,udp_dst=1'], 2, /no such port/u],
  [['trace-packet', '-p', 'nobody-123456', '-S', '10.1.2.3', '-D', 'e2e/far'], 2, /no bridge has a port/u],
  [['set-mode', 'sideways', '--yes'], 2, /not a traffic mode/u],
  [['set-mode', 'encap'], 2, /confirm/u],
  [['get', 'agentinfo', '--context', 'nowhere'], 2, /nowhere/u],
  [['get', 'agentinfo', '--kubeconfig', '/nonexistent'], 2, /nonexistent/u],
  [['no-such-command'], 2, /no-such-command/u],
  [['get', 'agentinfo', '-o', 'xml'], 2, /xml|output/iu],
])('%j ends with status %d, a sentence and no stack', async (args, status, sentence) => {
  const {exitCode, stderr, stdout} = await antctl(...args)
  expect({exitCode, stdout}).toEqual({exitCode: status, stdout: ''})
  expect(stderr).toMatch(sentence)
  expect(stderr).not.toMatch(/^\s+at /mu)
})

test('a refused change shows its plan, ends with status 2 and a sentence', async () => {
  const {exitCode, stderr, stdout} = await antctl('set-mode', 'noEncap', '--yes')
  expect(exitCode).toBe(2)
  expect(stdout).toContain('noEncap')
  expect(stderr).toMatch(/noEncap needs routes[^]*Try this:/u)
  expect(stderr).not.toMatch(/^\s+at /mu)
})

test('check reachability writes JUnit and leaves nothing behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'antctl-junit-'))
  const file = join(folder, 'reachability.xml')
  await antctlOk('check', 'reachability', '--nodes', 'n1,n2', '--junit', file)
  const xml = await readFile(file, 'utf8')
  await rm(folder, {recursive: true})
  expect(xml).toMatch(/<testsuites?[ >]/u)
  expect(xml).toMatch(/failures="0"/u)
})

test('a pair that is cut is found, and named', async () => {
  await onNode('n2', 'ip', 'link', 'set', 'eth1', 'down')
  try {
    const {exitCode, stdout} = await antctl('check', 'reachability', '--nodes', 'n1,n2')
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/n1.*n2/u)
  } finally {
    await onNode('n2', 'ip', 'link', 'set', 'eth1', 'up')
  }
})
