import {afterEach, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {tableId} from '../../src/datapath/pipeline/tables.ts'
import {ofctl} from '../long/switch-state.ts'
import {antctl, antctlOk, namespace, onNode, startPods} from './cluster.ts'

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

const toNear = `cookie=0xbad,table=${tableId('L3Forwarding')},priority=300,ip,nw_dst=10.244.2.0/24`

/** The agent takes such a flow away, but the more slowly the more often somebody puts it back: in the end it is seen. */
async function verdictWith(flow: string, wanted: string): Promise<v.InferOutput<typeof trace>> {
  undo.push(async () => ofctl('n1', 'del-flows', 'cookie=0xbad/-1'))
  const deadline = performance.now() + 60_000
  for (;;) {
    await ofctl('n1', 'add-flow', flow)
    const found = await verdictTo('near')
    if (found.verdict === wanted || performance.now() > deadline) return found
  }
}

test('a flow that drops packets to one podCIDR changes the verdict, and names the flow', async () => {
  expect(await verdictTo('near')).toMatchObject({verdict: 'routed'})
  const {verdict, reason} = await verdictWith(`${toNear},actions=drop`, 'dropped')
  expect(verdict).toBe('dropped')
  expect(reason).toMatch(/L3Forwarding/u)
})

test('a flow that tunnels to a neighbour changes the verdict, although the mode says routed', async () => {
  const actions = 'set_field:aa:bb:cc:dd:ee:ff->eth_dst,set_field:172.30.1.12->tun_dst,output:32768'
  const {verdict, reason} = await verdictWith(`${toNear},actions=${actions}`, 'asymmetric')
  expect(verdict).toBe('asymmetric')
  expect(reason).toContain('there: tunnelled; back: routed')
})

test('a missing route changes the verdict, and the route is named', async () => {
  const route = ['10.244.2.0/24', 'via', '172.30.1.12', 'proto', '165', 'table', '166']
  undo.push(async () => onNode('n1', 'ip', 'route', 'replace', ...route))
  // The agent's own comparison may put it back in between: then once more.
  await expect
    .poll(
      async () => {
        await onNode('n1', 'ip', 'route', 'del', ...route).catch(() => undefined)
        const {verdict, reason} = await verdictTo('near')
        return verdict === 'no-route' && reason.includes('route')
      },
      {timeout: 60_000},
    )
    .toBe(true)
})

test.each([
  ['a black hole', ['blackhole']],
  ['a route to the router, which is no Node of the Pod', ['via', '172.30.1.1']],
])('%s for a part of the podCIDR changes the verdict', async (_what, [first = '', ...rest]) => {
  expect(await verdictTo('near')).toMatchObject({verdict: 'routed'})
  const route =
    first === 'via' ? ['10.244.2.0/25', first, ...rest, 'table', '166'] : [first, '10.244.2.0/25', 'table', '166']
  await onNode('n1', 'ip', 'route', 'add', ...route)
  undo.push(async () => onNode('n1', 'ip', 'route', 'del', ...route))
  const {verdict, reason} = await verdictTo('near')
  expect(verdict).toMatch(/no-route|lost/u)
  expect(reason).toContain('10.244.2.0/25')
})
