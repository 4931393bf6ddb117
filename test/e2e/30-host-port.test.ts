import {beforeAll, describe, expect, test} from 'vitest'
import * as v from 'valibot'
import {run} from '../../lab/machines.ts'
import {echoPorts, toolboxPod} from '../../lab/toolbox-pod.ts'
import {fourNodes} from '../../lab/topologies.ts'
import {apply, inPod, kubectl, namespace, onNode, startPods} from './cluster.ts'

const hostPorts = {tcp: 31_801, udp: 31_802} as const
const tally = v.object({sent: v.number(), received: v.number(), lost: v.number()})
const node = fourNodes.nodes[0]

/** Lines of the Node's rules that name the host port. */
async function rules(): Promise<number> {
  const text = await onNode('n1', 'iptables-save', '-t', 'nat')
  return text.split('\n').filter((line) => line.includes(String(hostPorts.tcp))).length
}

const probe = (protocol: 'tcp' | 'udp', to: string) =>
  `toolbox send --${protocol} ${to}:${hostPorts[protocol]} --rate 50 --duration 0.5 --wait 300ms`.split(' ')
const lostIn = (text: string) => v.parse(tally, JSON.parse(text)).lost

beforeAll(async () => {
  await startPods()
  await kubectl('-n', namespace, 'delete', 'pod', 'published', '--ignore-not-found', '--wait')
  const pod = v.parse(podSchema, toolboxPod('published', {namespace, nodeName: 'n1'}))
  const ports = (['tcp', 'udp'] as const).map((protocol) => ({
    protocol: protocol.toUpperCase(),
    containerPort: echoPorts[protocol],
    hostPort: hostPorts[protocol],
  }))
  const [container] = pod.spec.containers
  await apply({...pod, spec: {...pod.spec, containers: [{...container, ports}]}})
  await kubectl('-n', namespace, 'wait', '--for=condition=Ready', 'pod/published', '--timeout=60s')
})

const podSchema = v.looseObject({spec: v.looseObject({containers: v.tuple([v.looseObject({})])})})

describe.each(['tcp', 'udp'] as const)('a hostPort over %s', (protocol) => {
  const addresses = [node?.transport.ip, node?.management.ip].map(String)

  test.each(['a', 'near', 'far'] as const)('from Pod %s', async (pod) => {
    for (const address of addresses) expect(lostIn(await inPod(pod, ...probe(protocol, address)))).toBe(0)
  })

  test.each(['n2', 'n3', 'outside'])('from %s', async (machine) => {
    for (const address of addresses) expect(lostIn(await run(machine, probe(protocol, address)))).toBe(0)
  })
})

test('the rules go with the Pod', async () => {
  expect(await rules()).toBeGreaterThan(0)
  await kubectl('-n', namespace, 'delete', 'pod', 'published', '--wait')
  expect(await rules()).toBe(0)
})
