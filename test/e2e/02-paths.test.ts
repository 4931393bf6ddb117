import {beforeAll, describe, expect, test} from 'vitest'
import * as v from 'valibot'
import {antctlOk, inPod, type Kind, kinds, namespace, onNode, send, startPods, testPods} from './cluster.ts'
import {watchWire} from './wire.ts'

/** What each kind of pair must be in each mode; the wire decides whether antctl was right. */
const expected = {
  encap: {'same-node': 'same-node', 'same-subnet': 'tunnelled', 'cross-subnet': 'tunnelled'},
  hybrid: {'same-node': 'same-node', 'same-subnet': 'routed', 'cross-subnet': 'tunnelled'},
} as const
const modes = ['encap', 'hybrid'] as const
const kindNames: readonly Kind[] = ['same-node', 'same-subnet', 'cross-subnet']

const trace = v.object({verdict: v.string(), reason: v.string()})
let ips: Awaited<ReturnType<typeof startPods>>

beforeAll(async () => {
  ips = await startPods()
})

describe.each(modes)('%s', (mode) => {
  beforeAll(async () => {
    await antctlOk('set-mode', mode, '--yes')
  })

  test.each(kindNames)('%s: ping, TCP and UDP pass, and the wire shows what trace-packet says', async (kind) => {
    const peer = kinds[kind]
    const seen = await watchWire([ips.a, ips[peer]], async () => {
      await inPod('a', 'ping', '-c', '3', '-i', '0.2', '-W', '2', ips[peer])
      expect(await send('udp', ips[peer], 1, 200)).toMatchObject({lost: 0})
      expect(await send('tcp', ips[peer], 1, 200)).toMatchObject({lost: 0, resets: 0, reconnects: 0})
    })
    const wire =
      seen.geneve > 0 && seen.plain === 0 ? 'tunnelled' : seen.plain > 0 && seen.geneve === 0 ? 'routed' : 'same-node'
    const answer = await antctlOk('trace-packet', '-S', `${namespace}/a`, '-D', `${namespace}/${peer}`, '-o', 'json')
    const {verdict, reason} = v.parse(trace, JSON.parse(answer))
    expect({wire, verdict}, `${reason} ${JSON.stringify(seen)}`).toEqual({
      wire: expected[mode][kind],
      verdict: expected[mode][kind],
    })
    if (kind === 'same-node') expect(seen).toEqual({geneve: 0, plain: 0})
  })

  test('a Pod keeps its address towards Pods of other Nodes', async () => {
    const seen = await watchWire([ips.a, ips.near], () => inPod('a', 'ping', '-c', '1', '-W', '2', ips.near))
    expect(seen.geneve + seen.plain).toBe(2)
  })

  test('a Pod is masqueraded to the outside, and answers come back', async () => {
    const outside = onNode(
      'outside',
      'timeout',
      '--preserve-status',
      '-s',
      'INT',
      '4',
      'tcpdump',
      '-nn',
      '-t',
      '-l',
      '-i',
      'any',
      'icmp',
    )
    await inPod('a', 'sleep', '1')
    await inPod('a', 'ping', '-c', '2', '-W', '2', '203.0.113.10')
    const lines = await outside
    expect(lines).toContain('172.31.1.11 > 203.0.113.10')
    expect(lines).not.toContain(ips.a)
  })

  test('the Nodes reach Pods, their own and those of others', async () => {
    for (const pod of ['a', 'near', 'far'] as const) await onNode('n1', 'ping', '-c', '1', '-W', '2', ips[pod])
    expect(testPods.far).toBe('n3')
  })
})
