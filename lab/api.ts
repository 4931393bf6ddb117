import {readFile} from 'node:fs/promises'
import {request} from 'node:https'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {AntctlError, sentenceOf} from '../src/model/errors.ts'
import {paths} from './state.ts'
import type {LabNode} from './topology.ts'

interface Answer {
  readonly status: number
  readonly body: string
}

/** Asks until the API server calls itself ready; over the relay, which is then proven too. */
export async function waitForApiServer(port: number): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const answer = await call(port, 'GET', '/readyz').catch((error: unknown) => sentenceOf(error))
    if (typeof answer !== 'string' && answer.status === 200) return
    if (Date.now() > deadline) {
      const why = typeof answer === 'string' ? answer : answer.body
      throw new AntctlError('TIMEOUT', `the API server is not ready after 60 s: ${why.slice(0, 300)}`, {
        remedy: [`read ${join(paths.logs('router'), 'kube-apiserver.log')}`],
      })
    }
    await sleep(50)
  }
}

/** Made before any kubelet runs, so that each Node has the podCIDR of the topology and not the next free one. */
export async function createNode(port: number, {name, subnet, podCidr}: LabNode): Promise<void> {
  const body = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {name, labels: {'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': subnet}},
    spec: {podCIDR: podCidr, podCIDRs: [podCidr]},
  }
  const {status, body: text} = await call(port, 'POST', '/api/v1/nodes', JSON.stringify(body))
  if (status !== 201) throw new AntctlError('API_ANSWER', `Node ${name} was not created: ${text.slice(0, 300)}`)
}

/** Has the kubelet of this Node reported? A Node that was only created has no node information. */
export async function waitForKubelet(port: number, name: string): Promise<void> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    const {status, body} = await call(port, 'GET', `/api/v1/nodes/${name}`)
    if (status === 200 && body.includes('"kubeletVersion":"v')) return
    await sleep(50)
  }
  throw new AntctlError('TIMEOUT', `the kubelet of ${name} does not register`, {
    remedy: [`read ${join(paths.logs(name), 'kubelet.log')}`],
  })
}

/** Until then no Pod of the namespace "default" is admitted. */
export async function waitForServiceAccount(port: number): Promise<void> {
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline) {
    const {status} = await call(port, 'GET', '/api/v1/namespaces/default/serviceaccounts/default')
    if (status === 200) return
    await sleep(50)
  }
  throw new AntctlError('TIMEOUT', 'the controller manager does not work', {
    remedy: [`read ${join(paths.logs('router'), 'kube-controller-manager.log')}`],
  })
}

async function call(port: number, method: string, path: string, body?: string): Promise<Answer> {
  const [ca, cert, key] = await Promise.all(
    ['ca.crt', 'admin.crt', 'admin.key'].map((name) => readFile(join(paths.certificates, name))),
  )
  const options = {host: '127.0.0.1', port, path, method, ca, cert, key, timeout: 5000, agent: false}
  return new Promise((resolve, reject) => {
    const asked = request({...options, headers: {'content-type': 'application/json'}}, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString()}))
      response.on('error', reject)
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer within 5 s')))
    asked.on('error', reject)
    asked.end(body)
  })
}
