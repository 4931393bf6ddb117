import {execa} from 'execa'
import {existsSync} from 'node:fs'
import {copyFile, mkdir, rm, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {AntctlError} from '../src/model/errors.ts'
import {makeCgroups, openToChildren, removeCgroups} from './cgroups.ts'
import {
  bootMachine,
  machinePid,
  router,
  run,
  setUpNetwork,
  startService,
  waitForControl,
  waitForMachine,
  within,
} from './machines.ts'
import {cablesOf, nodeSetup} from './network.ts'
import {nodeFiles} from './node-files.ts'
import {containerd, kubelet, kubeProxy} from './services.ts'
import {paths, readRecord} from './state.ts'
import type {LabNode, Topology} from './topology.ts'
import {ownNamespace} from './without-root.ts'

/** Switches a Node's power on: its namespaces, cables and containerd. Kubernetes' part comes with joinCluster. */
export async function bootNode(node: LabNode, topology: Topology): Promise<void> {
  const routerPid = machinePid(router)
  if (routerPid === undefined)
    throw new AntctlError('MACHINE', 'the lab is not running', {remedy: ['npm run lab -- up']})
  const cgroups = (readRecord()?.cgroups ?? []).map((directory) => join(directory, node.name))
  // What a power cut left would cost the kubelet seconds for each dead container.
  await removeCgroups(cgroups)
  makeCgroups(cgroups)
  await writeMachine(node)
  bootMachine(node.name)
  const pid = await waitForMachine(node.name)
  await unplug(routerPid, node)
  await setUpNetwork(routerPid, cablesOf(node, pid, topology))
  await setUpNetwork(pid, nodeSetup(node, topology))
  await waitForControl(node.name)
  await Promise.all(cgroups.map(openToChildren))
  const {name, command} = containerd()
  startService(node.name, name, command)
  const socket = `/proc/${pid}/root/run/containerd/containerd.sock`
  await within(
    30,
    `containerd of ${node.name} does not start; see ${paths.logs(node.name)}`,
    () => existsSync(socket) || undefined,
  )
}

/** The kernel takes its time to remove the cables of a Node that lost its power. */
async function unplug(routerPid: number, {management, transport}: LabNode): Promise<void> {
  const removals = [management, transport].map(({port}) => `link delete ${port}`).join('\n')
  await execa('nsenter', ['-t', String(routerPid), '-n', '--', 'ip', '-force', '-batch', '-'], {
    input: removals,
    reject: false,
  })
}

export function joinCluster(node: LabNode, topology: Topology): void {
  for (const {name, command} of [kubelet(node), kubeProxy(node, topology)]) startService(node.name, name, command)
}

/** A power cut: every process of the Node ends at once, its disk stays. */
export async function cutPower({name}: LabNode): Promise<void> {
  const cgroups = (readRecord()?.cgroups ?? []).map((directory) => join(directory, name))
  await removeCgroups(cgroups)
  // Without cgroups: a Node's processes end with its first one.
  const pid = machinePid(name)
  if (pid !== undefined) process.kill(pid, 'SIGKILL')
  await within(20, `${name} does not end`, () => (machinePid(name) === undefined ? true : undefined))
}

/** Has a running Node's containerd take an image tar that lies below the lab's directory. */
export async function importImage({name}: LabNode, file: string): Promise<void> {
  await run(name, ['ctr', '--namespace=k8s.io', 'images', 'import', '--local', `/opt/lab/images/${file}`])
}

async function writeMachine(node: LabNode): Promise<void> {
  const {name} = node
  await rm(paths.control(name), {recursive: true, force: true})
  await makeMachineDirectories(name)
  await Promise.all([
    ...Object.entries(nodeFiles(node, {withoutRoot: ownNamespace() !== undefined})).map(async ([file, text]) => {
      const target = join(paths.machine(name), 'etc', file)
      await mkdir(dirname(target), {recursive: true})
      await writeFile(target, text)
    }),
    ...['ca.crt', `${name}.crt`, `${name}.key`, `${name}.kubeconfig`, 'proxy.kubeconfig'].map((file) =>
      copyFile(join(paths.certificates, file), join(paths.machine(name), 'pki', file)),
    ),
  ])
}

export async function makeMachineDirectories(name: string): Promise<void> {
  const directories = [join(paths.control(name), 'services'), paths.logs(name)]
  await Promise.all(
    [...directories, ...['pki', 'etc', 'root', 'etcd'].map((part) => join(paths.machine(name), part))].map(
      (directory) => mkdir(directory, {recursive: true}),
    ),
  )
}
