/** The release that the lab runs, and what its programs say of themselves. */
export const kubernetesVersion = 'v1.34.4'
export const containerdVersion = 'v2.2.9'
const pluginsVersion = 'v1.9.0'

/** What is built, once, in a directory of lab/build, and kept by the hash of its sources. */
export interface Build {
  /** The directory, where it is not the one of the build's own name. */
  readonly directory?: string
  readonly minutes: number
  readonly stamps: Readonly<Record<string, string>>
  /** Program to the package that it is built from. */
  readonly packages: Readonly<Record<string, string>>
  /** Other names of a program, which it tells apart by argv[0]. */
  readonly links: Readonly<Record<string, string>>
}

const kubernetesLinks = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubectl',
  'kubelet',
]
const pluginsPackage = 'github.com/containernetworking/plugins'
const containerdPackage = 'github.com/containerd/containerd/v2'

const kubernetesStamps = Object.fromEntries(
  ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) => [
    [`${path}.gitVersion`, kubernetesVersion],
    [`${path}.gitMajor`, '1'],
    [`${path}.gitMinor`, '34'],
    [`${path}.gitCommit`, 'lab'],
    [`${path}.gitTreeState`, 'clean'],
    [`${path}.buildDate`, '2026-01-01T00:00:00Z'],
  ]),
)

export const builds = {
  kubernetes: {
    minutes: 6,
    stamps: kubernetesStamps,
    packages: {kubernetes: '.', etcd: './etcd'},
    links: Object.fromEntries(kubernetesLinks.map((name) => [name, 'kubernetes'])),
  },
  /** kubectl as people have it, for bench/cli.ts: the lab's own is part of one program with all else. */
  kubectl: {
    directory: 'kubernetes',
    minutes: 0.5,
    stamps: kubernetesStamps,
    packages: {kubectl: 'k8s.io/kubernetes/cmd/kubectl'},
    links: {},
  },
  containerd: {
    minutes: 1,
    stamps: {[`${containerdPackage}/version.Version`]: containerdVersion},
    packages: Object.fromEntries(
      ['containerd', 'containerd-shim-runc-v2', 'ctr'].map((name) => [name, `${containerdPackage}/cmd/${name}`]),
    ),
    links: {},
  },
  'cni-plugins': {
    minutes: 0.5,
    stamps: {[`${pluginsPackage}/pkg/utils/buildversion.BuildVersion`]: pluginsVersion},
    packages: {
      'antrea-portmap': `${pluginsPackage}/plugins/meta/portmap`,
      'antrea-bandwidth': `${pluginsPackage}/plugins/meta/bandwidth`,
    },
    links: {},
  },
  /** What bench/cni.ts measures ours against, and what Pods beside a played-back upstream agent have. */
  'cni-reference': {
    minutes: 0.5,
    stamps: {},
    packages: {
      bridge: `${pluginsPackage}/plugins/main/bridge`,
      loopback: `${pluginsPackage}/plugins/main/loopback`,
      'host-local': `${pluginsPackage}/plugins/ipam/host-local`,
    },
    links: {},
  },
  pause: {minutes: 0.1, stamps: {}, packages: {pause: '.'}, links: {}},
  toolbox: {minutes: 0.1, stamps: {}, packages: {toolbox: '.'}, links: {}},
  /** What plays an upstream agent back. */
  'upstream-agent': {minutes: 0.1, stamps: {}, packages: {'upstream-agent': '.'}, links: {}},
  /** What runs containers in a lab without root. */
  'runc-without-cgroups': {minutes: 0.1, stamps: {}, packages: {'runc-without-cgroups': '.'}, links: {}},
} as const satisfies Record<string, Build>
export type BuildName = keyof typeof builds

/** What the lab runs, where it is built when this machine does not have it, and how it tells its version. */
export interface Program {
  readonly name: string
  readonly build: BuildName
  readonly ask: readonly string[]
  readonly says: RegExp
}

export const programs: readonly Program[] = [
  ...kubernetesLinks.map((name): Program => ({
    name,
    build: 'kubernetes',
    ask: name === 'kubectl' ? ['version', '--client'] : ['--version'],
    says: /(?:Kubernetes|Client Version:) v1\.34\.4\b/u,
  })),
  {name: 'etcd', build: 'kubernetes', ask: ['--version'], says: /etcd Version: 3\.6\./u},
  {name: 'containerd', build: 'containerd', ask: ['--version'], says: / v?2\.2\.\d/u},
  {name: 'containerd-shim-runc-v2', build: 'containerd', ask: ['-v'], says: /Version:\s+v?2\.2\.\d/u},
  {name: 'ctr', build: 'containerd', ask: ['--version'], says: / v?2\.2\.\d/u},
]
