import {images} from './images/names.ts'

/**
 * Where a toolbox Pod echoes what it is sent. `service` is TCP behind the Pod's Service, `questions` UDP: one client's
 * connections to the Pod and to the Service would else become the same connection once kube-proxy has turned the latter to the
 * Pod.
 */
export const echoPorts = {tcp: 7001, udp: 7002, service: 7003, questions: 7004} as const
/** Where the Service of a Pod listens. */
export const servicePort = 80

/** A Pod on a certain Node that echoes TCP and UDP, and from which the senders can be run. */
export function toolboxPod(name: string, {namespace, nodeName}: {namespace: string; nodeName: string}): object {
  const {tcp, udp, service, questions} = echoPorts
  const serve = ['toolbox', 'serve', '--tcp', `${tcp},${service}`, '--udp', `${udp},${questions}`]
  const container = {name: 'toolbox', image: images.toolbox, imagePullPolicy: 'Never', command: serve}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {name, namespace, labels: {app: name}},
    spec: {nodeName, terminationGracePeriodSeconds: 0, containers: [container]},
  }
}

/** The Service of such a Pod, with a ClusterIP. */
export function toolboxService(name: string, namespace: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {name, namespace},
    spec: {selector: {app: name}, ports: [{port: servicePort, targetPort: echoPorts.service}]},
  }
}

/** Another one that takes UDP, as cluster DNS has it. */
export function questionsService(pod: string, namespace: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {name: `${pod}-questions`, namespace},
    spec: {selector: {app: pod}, ports: [{port: servicePort, protocol: 'UDP', targetPort: echoPorts.questions}]},
  }
}
