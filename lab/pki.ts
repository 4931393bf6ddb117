import {execa} from 'execa'
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {stringify} from 'yaml'
import {addressAt} from '../src/model/address.ts'
import {paths} from './state.ts'
import type {Topology} from './topology.ts'

/** Who gets a certificate: its subject, the names it serves under, and which API server its kubeconfig names. */
interface Identity {
  readonly name: string
  readonly subject: string
  readonly alternatives?: readonly string[]
  readonly usage: 'serverAuth' | 'clientAuth' | 'clientAuth,serverAuth'
  readonly kubeconfig?: 'local' | 'router'
}

/** Source of names and groups: kubernetes.io/docs/setup/best-practices/certificates. */
function identitiesOf(topology: Topology): readonly Identity[] {
  const {apiServer, serviceNetwork} = topology
  const service = ['kubernetes', 'default', 'svc', 'cluster', 'local']
  const addresses = ['127.0.0.1', apiServer, addressAt(serviceNetwork, 1)].map((ip) => `IP:${ip}`)
  const hosts = ['localhost', ...service.map((_, index) => service.slice(0, index + 1).join('.'))].map(
    (name) => `DNS:${name}`,
  )
  const client = (name: string, subject: string, kubeconfig?: 'local' | 'router'): Identity => ({
    name,
    subject,
    usage: 'clientAuth',
    ...(kubeconfig !== undefined && {kubeconfig}),
  })
  return [
    {name: 'apiserver', subject: '/CN=kube-apiserver', alternatives: [...addresses, ...hosts], usage: 'serverAuth'},
    client('apiserver-kubelet', '/O=system:masters/CN=apiserver-kubelet'),
    client('front-proxy', '/CN=front-proxy'),
    client('admin', '/O=system:masters/CN=admin', 'local'),
    client('controller-manager', '/CN=system:kube-controller-manager', 'local'),
    client('scheduler', '/CN=system:kube-scheduler', 'local'),
    client('proxy', '/CN=system:kube-proxy', 'router'),
    ...topology.nodes.map(({name, management}): Identity => ({
      name,
      subject: `/O=system:nodes/CN=system:node:${name}`,
      alternatives: [`DNS:${name}`, `IP:${management.ip}`],
      usage: 'clientAuth,serverAuth',
      kubeconfig: 'router',
    })),
  ]
}

/** A fresh authority and a certificate and kubeconfig for each part of the cluster, below paths.certificates. */
export async function makeCertificates(topology: Topology): Promise<void> {
  await mkdir(paths.certificates, {recursive: true, mode: 0o700})
  await Promise.all([
    openssl(['req', '-x509', ...newKey('ca'), '-subj', '/CN=antctl-lab', '-out', 'ca.crt']),
    serviceKey(),
  ])
  const servers = {local: 'https://127.0.0.1:6443', router: `https://${topology.apiServer}:6443`}
  await Promise.all(
    identitiesOf(topology).map(async (identity) => {
      await certify(identity)
      if (identity.kubeconfig === undefined) return
      await writeKubeconfig(
        join(paths.certificates, `${identity.name}.kubeconfig`),
        identity.name,
        servers[identity.kubeconfig],
      )
    }),
  )
}

/** A kubeconfig with everything inside, readable by its owner only. */
export async function writeKubeconfig(file: string, identity: string, server: string): Promise<void> {
  const data = async (name: string): Promise<string> =>
    (await readFile(join(paths.certificates, name))).toString('base64')
  const name = 'antctl-lab'
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{name, cluster: {server, 'certificate-authority-data': await data('ca.crt')}}],
    users: [
      {
        name,
        user: {
          'client-certificate-data': await data(`${identity}.crt`),
          'client-key-data': await data(`${identity}.key`),
        },
      },
    ],
    contexts: [{name, context: {cluster: name, user: name}}],
    'current-context': name,
  }
  await writeFile(file, stringify(config), {mode: 0o600})
}

async function certify({name, subject, alternatives = [], usage}: Identity): Promise<void> {
  const names = alternatives.length === 0 ? [] : ['-addext', `subjectAltName=${alternatives.join(',')}`]
  const extensions = ['-addext', `extendedKeyUsage=${usage}`, '-addext', 'basicConstraints=critical,CA:FALSE', ...names]
  const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key']
  await openssl(['req', '-x509', ...authority, ...newKey(name), '-subj', subject, ...extensions, '-out', `${name}.crt`])
}

/** What signs ServiceAccount tokens. */
async function serviceKey(): Promise<void> {
  await openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'service-accounts.key'])
  await openssl(['pkey', '-in', 'service-accounts.key', '-pubout', '-out', 'service-accounts.pub'])
}

function newKey(name: string): readonly string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650', '-keyout', `${name}.key`]
}

async function openssl(command: readonly string[]): Promise<void> {
  await execa('openssl', command, {cwd: paths.certificates})
}
