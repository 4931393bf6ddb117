import {stringify} from 'yaml'
import type {Crossing, Machine} from './crossing.ts'
import type {UnderlayNeed} from './need.ts'

/** Private numbers (RFC 6996); nobody but the routers' owner knows theirs. */
const autonomousSystems = {nodes: 64_512, routers: 64_513} as const

/** How the routers may hear of the podCIDRs: kube-router tells them by BGP, and does nothing else. */
export function kubeRouterNeeds(
  own: readonly Machine[],
  {across, routers, controllers}: Crossing,
): readonly UnderlayNeed[] {
  const nodes = across.filter((machine) => own.includes(machine)).map(({name}) => name)
  const running = controllers?.kubeRouter
  if (nodes.length === 0) return []
  if (running?.advertisesOnly === true) {
    const sentence = `${running.workload} runs in advertisement-only mode: its routers must take the podCIDRs, and give back those of others`
    return [
      {
        asks: 'routes',
        state: 'unknown',
        sentence,
        nodes,
        commands: [`kubectl -n kube-system exec ${place(running.workload)} -- gobgp neighbor`],
      },
    ]
  }
  if (running !== undefined) {
    const sentence = `${running.workload} runs, but not in advertisement-only mode: it must have the arguments ${advertisementOnly.join(' ')}`
    const edit = `kubectl -n kube-system edit ${place(running.workload)}`
    return [{asks: 'routes', state: 'open', sentence, nodes, commands: [edit]}]
  }
  const vias = [...new Set([...routers.values()].flat())]
  if (vias.length === 0) return []
  const words = routerArguments(vias).join(' ')
  const sentence = `the routers can hear of the podCIDRs from kube-router in advertisement-only mode (${words}; ${autonomousSystems.routers} stands for the routers' own number)`
  const annotate = vias.length === 1 ? [] : [...routers].map(([node, own]) => annotation(node, own))
  return [
    {
      asks: 'routes',
      state: 'unknown',
      sentence,
      nodes,
      commands: [...annotate, printManifest],
      manifest: manifestFor(vias),
    },
  ]
}

/** Who has a router of its own is told it by its Node: BGP speaks to neighbours. */
function annotation(node: string, vias: readonly string[]): string {
  const [ips, numbers] = [vias.join(','), vias.map(() => autonomousSystems.routers).join(',')]
  return `kubectl annotate node ${node} kube-router.io/peer.ips=${ips} kube-router.io/peer.asns=${numbers}`
}

/** What leaves Pods, Services and policies to Antrea. */
const advertisementOnly = [
  '--run-router=true',
  '--run-firewall=false',
  '--run-service-proxy=false',
  '--run-loadbalancer=false',
  '--enable-cni=false',
  '--enable-overlay=false',
  '--enable-pod-egress=false',
  '--enable-ibgp=false',
] as const

const printManifest = `antctl set-mode noEncap --dry-run -o json | jq -r '.plan.underlay[].manifest // empty' | kubectl apply -f -`

/** One router for all is an argument; of several each Node is told its own. */
function routerArguments(routers: readonly string[]): readonly string[] {
  const [only, ...others] = routers
  return [
    `--cluster-asn=${autonomousSystems.nodes}`,
    ...(only === undefined || others.length > 0
      ? []
      : [`--peer-router-ips=${only}`, `--peer-router-asns=${autonomousSystems.routers}`]),
  ]
}

/** "DaemonSet kube-system/kube-router" as kubectl takes it. */
function place(workload: string): string {
  const [kind = '', name = ''] = workload.split(' ')
  return `${kind.toLowerCase()}/${name.slice(name.indexOf('/') + 1)}`
}

function manifestFor(routers: readonly string[]): string {
  const metadata = {name: 'kube-router', namespace: 'kube-system', labels: {'k8s-app': 'kube-router'}}
  const roles = {apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'kube-router'}
  const account = {kind: 'ServiceAccount', name: 'kube-router', namespace: 'kube-system'}
  const read = ['list', 'get', 'watch']
  const objects = [
    {apiVersion: 'v1', kind: 'ServiceAccount', metadata},
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: {name: 'kube-router'},
      rules: [
        {apiGroups: [''], resources: ['namespaces', 'pods', 'services', 'nodes', 'endpoints'], verbs: read},
        {apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: read},
        {apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: read},
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: {name: 'kube-router'},
      roleRef: roles,
      subjects: [account],
    },
    {apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: daemonSetSpec(routers)},
  ]
  return objects.map((object) => stringify(object, {lineWidth: 0})).join('---\n')
}

function daemonSetSpec(routers: readonly string[]) {
  const labels = {'k8s-app': 'kube-router'}
  const hostname = {name: 'NODE_NAME', valueFrom: {fieldRef: {fieldPath: 'spec.nodeName'}}}
  const container = {
    name: 'kube-router',
    image: 'cloudnativelabs/kube-router:v2.2.1',
    args: [...advertisementOnly, ...routerArguments(routers)],
    env: [hostname],
    securityContext: {privileged: true},
  }
  const pod = {
    serviceAccountName: 'kube-router',
    priorityClassName: 'system-node-critical',
    hostNetwork: true,
    tolerations: [{operator: 'Exists'}],
    containers: [container],
  }
  return {selector: {matchLabels: labels}, template: {metadata: {labels}, spec: pod}}
}
