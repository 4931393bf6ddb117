import {run} from '../../lab/machines.ts'
import {echoPorts, servicePort} from '../../lab/toolbox-pod.ts'
import {type TestPod, testPods} from '../e2e/cluster.ts'
import type {Protocol, TruthCase} from './cases.ts'

/** Where the Pods and their Services are. */
export interface Addresses {
  readonly pods: Readonly<Record<TestPod, string>>
  readonly services: Readonly<Record<TestPod, string>>
  /** Network namespaces, by which programs of the Node send as the Pod. */
  readonly spaces: Readonly<Record<TestPod, string>>
}

export function targetOf({to}: TruthCase, {pods, services}: Addresses): {readonly ip: string; readonly port: number} {
  return 'pod' in to ? {ip: pods[to.pod], port: 0} : {ip: services[to.serviceOf], port: servicePort}
}

/** A packet or three of the case's kind; nothing is judged by what the sender says. */
export async function sendSmall(one: TruthCase, addresses: Addresses): Promise<void> {
  const {ip, port} = targetOf(one, addresses)
  const words: Readonly<Record<Protocol, readonly string[]>> = {
    icmp: ['ping', '-c', '2', '-i', '0.2', '-W', '1', ip],
    tcp: [
      'toolbox',
      'connect',
      '--tcp',
      `${ip}:${port === 0 ? echoPorts.tcp : port}`,
      '--rate',
      '5',
      '--duration',
      '0.3',
      '--wait',
      '500ms',
    ],
    udp: ['toolbox', 'send', '--udp', `${ip}:${echoPorts.udp}`, '--rate', '10', '--duration', '0.2', '--wait', '200ms'],
  }
  await from(one, addresses, words[one.protocol])
}

/** UDP of the largest size that a Pod may send, never in fragments, to a port that tcpdump has no words of its own for. */
export async function sendFull(one: TruthCase, addresses: Addresses, mtu: number): Promise<void> {
  const ip = addresses.pods['pod' in one.to ? one.to.pod : one.to.serviceOf]
  const size = ['--size', String(mtu - headers), '--rate', '10', '--duration', '0.3', '--wait', '200ms']
  await from(one, addresses, ['toolbox', 'send', '--udp', `${ip}:9999`, ...size])
}

const headers = 28

async function from({from: sender}: TruthCase, {spaces}: Addresses, words: readonly string[]): Promise<void> {
  const node = 'pod' in sender ? testPods[sender.pod] : sender.node
  const enter = 'pod' in sender ? ['ip', 'netns', 'exec', spaces[sender.pod]] : []
  await run(node, [...enter, ...words], {reject: false, timeout: 10_000})
}
