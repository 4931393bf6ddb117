import * as v from 'valibot'
import {questionsService, toolboxService} from '../../lab/toolbox-pod.ts'
import {apply, inPod, type Kind, kinds, kubectl, namespace, type TestPod, testPods} from '../e2e/cluster.ts'
import {type Couple, type End, targetOf} from './load.ts'
import {until} from './node.ts'
import type {Ips} from './stream.ts'

const services = v.object({
  items: v.array(v.object({metadata: v.object({name: v.string()}), spec: v.object({clusterIP: v.string()})})),
})

/** A Service for each of the suite's Pods; answers who talks with whom on each kind of way. */
export async function startServices(ips: Ips): Promise<(kind: Kind) => Couple> {
  const all = Object.keys(testPods)
  await apply(...[toolboxService, questionsService].flatMap((make) => all.map((pod) => make(pod, namespace))))
  const {items} = v.parse(services, JSON.parse(await kubectl('-n', namespace, 'get', 'services', '-o', 'json')))
  const end = (pod: TestPod): End => {
    const ipOf = (name: string) => items.find(({metadata}) => metadata.name === name)?.spec.clusterIP ?? ''
    return {pod, ip: ips[pod], service: ipOf(pod), questions: ipOf(`${pod}-questions`)}
  }
  for (const peer of Object.values(kinds)) {
    await until(`a and ${peer} reach each other's Services`, async () => {
      return (await reaches('a', end(peer))) && (await reaches(peer, end('a')))
    })
  }
  return (kind) => [end('a'), end(kinds[kind])]
}

/** kube-proxy takes a Service up a little later than the API server, on each Node in its own time. */
async function reaches(from: TestPod, end: End): Promise<boolean> {
  const once = ['--rate', '1', '--duration', '0.1']
  for (const to of ['service', 'questions'] as const) {
    const text = await inPod(from, 'toolbox', 'connect', ...targetOf(to, end), ...once)
    if (v.parse(v.object({lost: v.number()}), JSON.parse(text)).lost > 0) return false
  }
  return true
}
