import {images} from './images/names.ts'
import type {Topology} from './topology.ts'
import {names} from '../src/model/names.ts'
import {upstreamConfig} from './upstream-config.ts'

/** What `antctl` of upstream may ask an agent for, and nothing of ours. Source: upstream build/charts/antrea, antctl ClusterRole. */
const antctlPaths = [
  'agentinfo',
  'addressgroups',
  'appliedtogroups',
  'loglevel',
  'networkpolicies',
  'ovsflows',
  'ovstracing',
  'podinterfaces',
  'podmulticaststats',
  'featuregates',
  'serviceexternalip',
  'memberlist',
  'bgppolicy',
  'bgppeers',
  'bgproutes',
  'fqdncache',
  'metrics',
].map((name) => `/${name}`)

const labels = {app: 'antrea', component: names.daemonSet}
const {namespace} = names
const metadata = (name: string) => ({name, namespace, labels: {app: 'antrea'}})
const rbac = 'rbac.authorization.k8s.io'

/** The objects of an upstream installation, by upstream's names; its agents are played back. */
export function upstreamObjects(topology: Topology, mode: string): readonly object[] {
  return [
    ...['antrea-agent', 'antctl'].map((name) => ({apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata(name)})),
    ...clusterRole('antctl', [{nonResourceURLs: antctlPaths, verbs: ['get']}]),
    ...clusterRole('antrea-agent', [
      {apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create']},
      {apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create']},
      {apiGroups: ['crd.antrea.io'], resources: ['antreaagentinfos'], verbs: ['get', 'create', 'update']},
      {apiGroups: [''], resources: ['pods'], verbs: ['get']},
    ]),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata(names.configMap),
      data: {
        [names.configKey]: upstreamConfig(mode),
        'antrea-controller.conf': '# The controller is not played back.\n',
      },
    },
    daemonSet(topology),
  ]
}

function clusterRole(name: string, rules: readonly object[]): readonly object[] {
  return [
    {apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: {name, labels: {app: 'antrea'}}, rules},
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: {name, labels: {app: 'antrea'}},
      roleRef: {apiGroup: rbac, kind: 'ClusterRole', name},
      subjects: [{kind: 'ServiceAccount', name, namespace}],
    },
  ]
}

function daemonSet({nodes}: Topology): object {
  const known = nodes.map(({name, podCidr, transport}) => ({
    name,
    podCidr,
    transport: `${transport.ip}/${transport.prefix}`,
  }))
  const own = (name: string, fieldPath: string) => ({name, valueFrom: {fieldRef: {fieldPath}}})
  const image = {image: images.upstream, imagePullPolicy: 'Never', securityContext: {privileged: true}}
  const agent = {
    name: names.agentContainer,
    ...image,
    command: ['upstream-agent'],
    env: [
      own('NODE_NAME', 'spec.nodeName'),
      own('POD_NAME', 'metadata.name'),
      own('POD_NAMESPACE', 'metadata.namespace'),
      {name: 'NODES', value: JSON.stringify(known)},
    ],
    ports: [{name: 'api', containerPort: 10_350, protocol: 'TCP'}],
    readinessProbe: {httpGet: {host: '127.0.0.1', path: '/readyz', port: 'api', scheme: 'HTTPS'}, periodSeconds: 1},
    volumeMounts: [
      // As upstream: what runs never sees another text than the one that it was started with.
      {name: 'antrea-config', mountPath: '/etc/antrea/antrea-agent.conf', subPath: names.configKey, readOnly: true},
      {name: 'host-cni-conf', mountPath: '/host/etc/cni/net.d'},
      {name: 'host-cni-bin', mountPath: '/host/opt/cni/bin'},
    ],
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {name: names.daemonSet, namespace, labels},
    spec: {
      selector: {matchLabels: labels},
      updateStrategy: {type: 'RollingUpdate', rollingUpdate: {maxUnavailable: 1}},
      template: {
        metadata: {labels, annotations: {'kubectl.kubernetes.io/default-container': names.agentContainer}},
        spec: {
          hostNetwork: true,
          dnsPolicy: 'ClusterFirstWithHostNet',
          serviceAccountName: names.daemonSet,
          terminationGracePeriodSeconds: 0,
          tolerations: [{operator: 'Exists'}],
          containers: [agent, {name: 'antrea-ovs', ...image, command: ['sleep', 'infinity']}],
          volumes: [
            {name: 'antrea-config', configMap: {name: names.configMap}},
            {name: 'host-cni-conf', hostPath: {path: '/etc/cni/net.d', type: 'DirectoryOrCreate'}},
            {name: 'host-cni-bin', hostPath: {path: '/opt/cni/bin', type: 'DirectoryOrCreate'}},
          ],
        },
      },
    },
  }
}
