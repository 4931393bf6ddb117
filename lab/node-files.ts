import {stringify} from 'yaml'
import {createHash} from 'node:crypto'
import {images} from './images/names.ts'
import type {LabNode} from './topology.ts'

/** In a user namespace, Pods have no cgroups, and what belongs to the whole machine stays as it is. */
export interface Place {
  readonly withoutRoot: boolean
}

/** The files of a Node's /etc that this machine's cannot serve as; path below /etc to text. */
export function nodeFiles(node: LabNode, place: Place): Readonly<Record<string, string>> {
  return {
    hostname: `${node.name}\n`,
    hosts: `127.0.0.1 localhost\n${node.management.ip} ${node.name}\n`,
    'resolv.conf': 'nameserver 10.96.0.10\n',
    'machine-id': `${createHash('md5').update(node.name).digest('hex')}\n`,
    'containerd/config.toml': containerdConfig(place),
    'kubernetes/kubelet.yaml': stringify(kubeletConfig(node, place)),
  }
}

/** Source: containerd docs/cri/config.md, configuration version 3. No plugin for what these Nodes do not have. */
const containerdConfig = ({withoutRoot}: Place): string => `version = 3
disabled_plugins = [
  "io.containerd.snapshotter.v1.blockfile", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.erofs", "io.containerd.snapshotter.v1.zfs", "io.containerd.differ.v1.erofs",
  "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing", "io.containerd.nri.v1.nri",
]

[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"

[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${images.pause}"

[plugins."io.containerd.cri.v1.runtime"]
  disable_apparmor = true
  restrict_oom_score_adj = true

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
    BinaryName = "${withoutRoot ? 'runc-without-cgroups' : 'runc'}"
    SystemdCgroup = false
    # A user may have 200 keyrings, and each container would take one.
    NoNewKeyring = ${withoutRoot}

[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["/opt/cni/bin"]
  conf_dir = "/etc/cni/net.d"
`

/** Source: kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1. */
function kubeletConfig({name}: LabNode, {withoutRoot}: Place): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: {enabled: false},
      webhook: {enabled: true},
      x509: {clientCAFile: '/opt/lab/pki/ca.crt'},
    },
    authorization: {mode: 'Webhook'},
    tlsCertFile: `/opt/lab/pki/${name}.crt`,
    tlsPrivateKeyFile: `/opt/lab/pki/${name}.key`,
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: !withoutRoot,
    failSwapOn: false,
    failCgroupV1: false,
    enforceNodeAllocatable: [],
    makeIPTablesUtilChains: false,
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'nodefs.inodesFree': '1%',
      'imagefs.available': '1%',
    },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    staticPodPath: '/etc/kubernetes/manifests',
    nodeStatusUpdateFrequency: '5s',
    clusterDomain: 'cluster.local',
    clusterDNS: ['10.96.0.10'],
    resolvConf: '/etc/resolv.conf',
    // An agent that restarts on purpose must not wait longer each time.
    featureGates: {KubeletCrashLoopBackOffMax: true, KubeletInUserNamespace: withoutRoot},
    crashLoopBackOff: {maxContainerRestartPeriod: '1s'},
    logging: {verbosity: 1},
  }
}
