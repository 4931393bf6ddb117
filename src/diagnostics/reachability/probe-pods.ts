/** The Pods that `check reachability` puts on Nodes: one each, echo server and sender in one image. */
export const probe = {
  namespacePrefix: 'antctl-check-',
  container: 'probe',
  port: 7000,
  image: 'localhost/antctl/toolbox:0.1.0',
} as const

export function probeNamespace(): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      generateName: probe.namespacePrefix,
      labels: {'app.kubernetes.io/managed-by': 'antctl', 'pod-security.kubernetes.io/enforce': 'restricted'},
    },
  }
}

export function probePodName(node: string): string {
  return `probe-${node}`.slice(0, 253)
}

/** Pinned by nodeName: the scheduler has no say, so that a cordoned or tainted Node is probed too. */
export function probePod(node: string, image: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {name: probePodName(node), labels: {'app.kubernetes.io/managed-by': 'antctl'}},
    spec: {
      nodeName: node,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      tolerations: [{operator: 'Exists'}],
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65_534,
        runAsGroup: 65_534,
        seccompProfile: {type: 'RuntimeDefault'},
      },
      containers: [
        {
          name: probe.container,
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['toolbox', 'serve', '--tcp', String(probe.port), '--udp', String(probe.port)],
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: {drop: ['ALL']},
            readOnlyRootFilesystem: true,
          },
          resources: {requests: {cpu: '10m', memory: '16Mi'}, limits: {memory: '64Mi'}},
        },
      ],
    },
  }
}

/** One short try: ten numbered packets or records, echoed. toolbox prints its account as one line of JSON. */
export function sendCommand(protocol: 'tcp' | 'udp', ip: string): readonly string[] {
  const address = ip.includes(':') ? `[${ip}]:${probe.port}` : `${ip}:${probe.port}`
  return ['toolbox', 'send', `--${protocol}`, address, '--rate', '50', '--duration', '0.2', '--wait', '300ms']
}
