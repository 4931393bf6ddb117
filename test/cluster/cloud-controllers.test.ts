import fc from 'fast-check'
import {expect, test} from 'vitest'
import {findCloudControllers} from '../../src/cluster/cloud-controllers.ts'
import {AntctlError} from '../../src/model/errors.ts'

const container = (image: string, args: readonly string[], command: readonly string[] = []) => ({image, args, command})
const workload = (name: string, ...containers: readonly object[]) => ({
  metadata: {name},
  spec: {template: {spec: {containers}}},
})
const pod = (name: string, ...containers: readonly object[]) => ({metadata: {name}, spec: {containers}})
const apiWith = (lists: Readonly<Record<string, readonly unknown[]>>) => ({
  list: async (path: string) => {
    const found = Object.keys(lists).find((word) => path.includes(word))
    return {resourceVersion: '1', items: found === undefined ? [] : (lists[found] ?? [])}
  },
})

const aws = 'provider-aws/cloud-controller-manager:v1.34.0'
test.each([
  [['--allocate-node-cidrs=true', '--cluster-cidr=10.0.0.0/8'], true],
  [['--allocate-node-cidrs', '--cluster-cidr=10.0.0.0/8'], true],
  [['--allocate-node-cidrs=true', '--configure-cloud-routes=false'], false],
  [['--allocate-node-cidrs=true', '--controllers=*,-node-route-controller'], false],
  [['--configure-cloud-routes=true'], false],
  [[], false],
])('a cloud-controller-manager with %j keeps routes: %s', async (args, keepsRoutes) => {
  const api = apiWith({daemonsets: [workload('ccm', container(aws, ['--cloud-provider=aws', ...args]))]})
  expect(await findCloudControllers(api)).toEqual({routes: [{workload: 'DaemonSet kube-system/ccm', keepsRoutes}]})
})

test('one that a shell starts, one of a static Pod, and one built into kube-controller-manager', async () => {
  const line = 'exec /usr/local/bin/cloud-controller-manager --allocate-node-cidrs=true --cloud-provider=gce'
  const builtIn = ['kube-controller-manager', '--cloud-provider=vsphere', '--allocate-node-cidrs=true']
  const external = ['kube-controller-manager', '--cloud-provider=external', '--allocate-node-cidrs=true']
  const api = apiWith({
    deployments: [workload('by-shell', container('x', ['-c', line], ['/bin/sh']))],
    pods: [
      pod('kube-controller-manager-1', container('x', [], builtIn)),
      pod('kube-controller-manager-2', container('x', [], external)),
      pod('kube-controller-manager-3', container('x', [], ['kube-controller-manager', '--allocate-node-cidrs=true'])),
    ],
  })
  expect((await findCloudControllers(api))?.routes).toEqual([
    {workload: 'Deployment kube-system/by-shell', keepsRoutes: true},
    {workload: 'Pod kube-system/kube-controller-manager-1', keepsRoutes: true},
  ])
})

const off = ['--enable-cni=false', '--enable-overlay=false', '--run-firewall=false', '--run-service-proxy=false']
test.each([
  [['--run-router=true', ...off], true],
  [['--run-router=true'], false],
  [['--run-router=true', ...off, '--enable-cni=true'], false],
])('kube-router with %j advertises only: %s', async (args, advertisesOnly) => {
  const api = apiWith({daemonsets: [workload('kr', container('cloudnativelabs/kube-router:v2.2.1', args))]})
  expect((await findCloudControllers(api))?.kubeRouter).toEqual({workload: 'DaemonSet kube-system/kr', advertisesOnly})
})

test('who may not look sees nothing, and hostile objects are none', async () => {
  const refusal = async () => {
    throw new AntctlError('API_FORBIDDEN', 'no')
  }
  expect(await findCloudControllers({list: refusal})).toBeUndefined()
  await fc.assert(
    fc.asyncProperty(fc.array(fc.anything()), async (items) => {
      expect(await findCloudControllers({list: async () => ({resourceVersion: '', items})})).toEqual({routes: []})
    }),
  )
})
