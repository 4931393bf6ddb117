import {afterEach, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {antctl, antctlOk, kubectl, namespace, onNode, startPods} from './cluster.ts'

const trace = v.object({verdict: v.string(), reason: v.string()})
const undo: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  await startPods()
  await antctlOk('set-mode', 'hybrid', '--yes')
})

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function verdictTo(peer: string): Promise<v.InferOutput<typeof trace>> {
  const {stdout} = await antctl('trace-packet', '-S', `${namespace}/a`, '-D', `${namespace}/${peer}`, '-o', 'json')
  return v.parse(trace, JSON.parse(stdout))
}

async function ofctl(...args: readonly string[]): Promise<string> {
  const pod = await agentOn('n1')
  return kubectl('-n', 'kube-system', 'exec', pod, '-c', 'antrea-ovs', '--', 'ovs-ofctl', '-O', 'OpenFlow15', ...args)
}

async function agentOn(node: string): Promise<string> {
  const selector = ['-l', 'app=antrea,component=antrea-agent', '--field-selector', `spec.nodeName=${node}`]
  return kubectl('-n', 'kube-system', 'get', 'pods', ...selector, '-o', 'jsonpath={.items[0].metadata.name}')
}

test('a flow that drops packets to one podCIDR changes the verdict, and names the flow', async () => {
  expect(await verdictTo('near')).toMatchObject({verdict: 'routed'})
  const match = 'cookie=0xbad,table=L3Forwarding,priority=300,ip,nw_dst=10.244.2.0/24'
  await ofctl('--names', 'add-flow', 'br-int', `${match.replace('L3Forwarding', await tableNumber())},actions=drop`)
  undo.push(async () => ofctl('del-flows', 'br-int', 'cookie=0xbad/-1'))
  const {verdict, reason} = await verdictTo('near')
  expect(verdict).toBe('dropped')
  expect(reason).toMatch(/L3Forwarding/u)
})

test('a flow that tunnels to a neighbour changes the verdict, although the mode says routed', async () => {
  const actions = 'set_field:aa:bb:cc:dd:ee:ff->eth_dst,set_field:172.30.1.12->tun_dst,output:32768'
  const table = await tableNumber()
  await ofctl(
    'add-flow',
    'br-int',
    `cookie=0xbad,table=${table},priority=300,ip,nw_dst=10.244.2.0/24,actions=${actions}`,
  )
  undo.push(async () => ofctl('del-flows', 'br-int', 'cookie=0xbad/-1'))
  expect(await verdictTo('near')).toMatchObject({verdict: 'tunnelled'})
})

test('a missing route changes the verdict, and the route is named', async () => {
  const route = ['10.244.2.0/24', 'via', '172.30.1.12', 'proto', '165']
  undo.push(async () => onNode('n1', 'ip', 'route', 'replace', ...route))
  // The agent's own comparison may put it back in between: then once more.
  await expect
    .poll(
      async () => {
        await onNode('n1', 'ip', 'route', 'del', ...route).catch(() => undefined)
        const {verdict, reason} = await verdictTo('near')
        return verdict === 'broken' && reason.includes('route')
      },
      {timeout: 30_000},
    )
    .toBe(true)
})

test.each([
  ['a black hole', ['blackhole']],
  ['a route to the router, which is no Node of the Pod', ['via', '172.30.1.1']],
])('%s for a part of the podCIDR changes the verdict', async (_what, [first = '', ...rest]) => {
  expect(await verdictTo('near')).toMatchObject({verdict: 'routed'})
  const route = first === 'via' ? ['10.244.2.0/25', first, ...rest] : [first, '10.244.2.0/25']
  await onNode('n1', 'ip', 'route', 'add', ...route)
  undo.push(async () => onNode('n1', 'ip', 'route', 'del', ...route))
  const {verdict, reason} = await verdictTo('near')
  expect(verdict).toMatch(/broken|unknown/u)
  expect(reason).toContain('10.244.2.0/25')
})

/** The number of L3Forwarding, as this very switch's agent reports it. */
async function tableNumber(): Promise<string> {
  const rows = await antctlOk('get', 'ovsflows', '--nodes', 'n1', '-T', 'L3Forwarding', '-o', 'json')
  const flows = v.parse(v.array(v.object({flow: v.string()})), JSON.parse(rows))
  return /table=(\d+)/u.exec(flows[0]?.flow ?? '')?.[1] ?? '21'
}
