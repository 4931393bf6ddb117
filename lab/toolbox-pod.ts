import {images} from './images/names.ts'

/** Where a toolbox Pod echoes what it is sent. */
export const echoPorts = {tcp: 7001, udp: 7002} as const

/** A Pod on a certain Node that echoes TCP and UDP, and from which the senders can be run. */
export function toolboxPod(name: string, {namespace, nodeName}: {namespace: string; nodeName: string}): object {
  const serve = ['toolbox', 'serve', '--tcp', String(echoPorts.tcp), '--udp', String(echoPorts.udp)]
  const container = {name: 'toolbox', image: images.toolbox, imagePullPolicy: 'Never', command: serve}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {name, namespace, labels: {app: name}},
    spec: {nodeName, terminationGracePeriodSeconds: 0, containers: [container]},
  }
}
