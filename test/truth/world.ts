import * as v from 'valibot'
import {run} from '../../lab/machines.ts'
import {toolboxService} from '../../lab/toolbox-pod.ts'
import {antctlOk, apply, kubectl, namespace, startPods, type TestPod, testPods} from '../e2e/cluster.ts'
import {fabric} from '../e2e/fabric.ts'
import type {Mode} from './cases.ts'
import {clearFaults} from './clear-faults.ts'
import type {Addresses} from './send.ts'

const podNames: readonly TestPod[] = ['a', 'b', 'near', 'far']

/** The Pods of the suite with a Service each, and a network that knows the way to all of them, as noEncap needs. */
export async function prepareWorld(): Promise<Addresses> {
  await clearFaults()
  const pods = await startPods()
  // A Pod wins over a Service of its name.
  await apply(
    ...podNames.map((name) => ({...toolboxService(name, namespace), metadata: {name: serviceName(name), namespace}})),
  )
  await fabric('replace')
  const services = serviceList(await kubectl('-n', namespace, 'get', 'services', '-o', 'json'))
  const spaces = await Promise.all(
    podNames.map(async (name) => [name, await spaceOf(testPods[name], pods[name])] as const),
  )
  return {
    pods,
    services: record(podNames.map((name) => [name, services.get(serviceName(name)) ?? ''])),
    spaces: record(spaces),
  }
}

export function serviceName(pod: TestPod): string {
  return `to-${pod}`
}

/** One mode for all, whatever it was. */
export async function enterMode(mode: Mode): Promise<void> {
  await antctlOk('set-mode', mode, '--yes')
}

function record<T>(entries: readonly (readonly [TestPod, T])[]): Readonly<Record<TestPod, T>> {
  const of = (wanted: TestPod): T => {
    const found = entries.find(([name]) => name === wanted)
    if (found === undefined) throw new Error(`nothing is known of Pod ${wanted}`)
    return found[1]
  }
  return {a: of('a'), b: of('b'), near: of('near'), far: of('far')}
}

function serviceList(text: string): ReadonlyMap<string, string> {
  const {items} = v.parse(services, JSON.parse(text))
  return new Map(items.map(({metadata, spec}) => [metadata.name, spec.clusterIP]))
}

const services = v.object({
  items: v.array(v.object({metadata: v.object({name: v.string()}), spec: v.object({clusterIP: v.string()})})),
})

async function spaceOf(node: string, ip: string): Promise<string> {
  for (const name of (await run(node, ['ls', '/run/netns'])).split('\n').filter((line) => line !== '')) {
    const addresses = await run(node, ['ip', '-n', name, '-4', '-o', 'address'], {reject: false})
    if (addresses.includes(` ${ip}/`)) return name
  }
  throw new Error(`no network namespace of ${node} has ${ip}`)
}
