import {join} from 'node:path'
import {paths} from './state.ts'
import type {LabNode, Topology} from './topology.ts'

/** A long-running program of a machine, as its argument list. */
export interface Service {
  readonly name: string
  readonly command: readonly string[]
}

const etcdClients = 'http://127.0.0.1:2379'
const etcdPeers = 'http://127.0.0.1:2380'

/** Durability is nobody's wish in a lab: etcd writes to memory and never waits for it. */
export function etcd(): Service {
  const data = join(paths.machine('router'), 'etcd', 'data')
  return program('etcd', {
    'data-dir': data,
    'listen-client-urls': etcdClients,
    'advertise-client-urls': etcdClients,
    'listen-peer-urls': etcdPeers,
    'initial-advertise-peer-urls': etcdPeers,
    'initial-cluster': `default=${etcdPeers}`,
    'unsafe-no-fsync': 'true',
    'log-level': 'warn',
  })
}

/** Source: kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver, v1.34. */
export function apiServer({apiServer: address, serviceNetwork}: Topology): Service {
  return program('kube-apiserver', {
    'etcd-servers': etcdClients,
    'secure-port': '6443',
    'bind-address': '0.0.0.0',
    'advertise-address': address,
    'service-cluster-ip-range': serviceNetwork,
    'client-ca-file': certificate('ca.crt'),
    'tls-cert-file': certificate('apiserver.crt'),
    'tls-private-key-file': certificate('apiserver.key'),
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': certificate('service-accounts.pub'),
    'service-account-signing-key-file': certificate('service-accounts.key'),
    'kubelet-certificate-authority': certificate('ca.crt'),
    'kubelet-client-certificate': certificate('apiserver-kubelet.crt'),
    'kubelet-client-key': certificate('apiserver-kubelet.key'),
    'kubelet-preferred-address-types': 'InternalIP',
    'requestheader-client-ca-file': certificate('ca.crt'),
    'requestheader-allowed-names': 'front-proxy',
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'proxy-client-cert-file': certificate('front-proxy.crt'),
    'proxy-client-key-file': certificate('front-proxy.key'),
    // The router has no kube-proxy: aggregated APIs are reached at their endpoints.
    'enable-aggregator-routing': 'true',
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'allow-privileged': 'true',
    profiling: 'false',
  })
}

export function controllerManager({podNetwork, serviceNetwork}: Topology): Service {
  return program('kube-controller-manager', {
    kubeconfig: certificate('controller-manager.kubeconfig'),
    'leader-elect': 'false',
    'allocate-node-cidrs': 'true',
    'cluster-cidr': podNetwork,
    'node-cidr-mask-size': '24',
    'service-cluster-ip-range': serviceNetwork,
    'service-account-private-key-file': certificate('service-accounts.key'),
    'root-ca-file': certificate('ca.crt'),
    'cluster-signing-cert-file': certificate('ca.crt'),
    'cluster-signing-key-file': certificate('ca.key'),
    'use-service-account-credentials': 'true',
    // The default of 20 requests a second is for clusters that start once a year.
    'kube-api-qps': '500',
    'kube-api-burst': '1000',
    profiling: 'false',
  })
}

export function scheduler(): Service {
  return program('kube-scheduler', {
    kubeconfig: certificate('scheduler.kubeconfig'),
    'leader-elect': 'false',
    'kube-api-qps': '500',
    'kube-api-burst': '1000',
    profiling: 'false',
  })
}

export function containerd(): Service {
  return {name: 'containerd', command: ['containerd']}
}

export function kubelet({name, management}: LabNode): Service {
  return program('kubelet', {
    config: '/etc/kubernetes/kubelet.yaml',
    kubeconfig: `/opt/lab/pki/${name}.kubeconfig`,
    'hostname-override': name,
    'node-ip': management.ip,
  })
}

/** In iptables mode, which drops packets that conntrack calls INVALID: the mode that hides the least. */
export function kubeProxy({name}: LabNode, {podNetwork}: Topology): Service {
  return program('kube-proxy', {
    'proxy-mode': 'iptables',
    kubeconfig: '/opt/lab/pki/proxy.kubeconfig',
    'hostname-override': name,
    'cluster-cidr': podNetwork,
    // These belong to the whole machine.
    'conntrack-max-per-core': '0',
    'conntrack-tcp-timeout-established': '0',
    'conntrack-tcp-timeout-close-wait': '0',
  })
}

function program(name: string, flags: Readonly<Record<string, string>>): Service {
  return {name, command: [name, ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)]}
}

function certificate(file: string): string {
  return join(paths.certificates, file)
}
