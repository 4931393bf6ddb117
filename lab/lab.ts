import {mkdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {AntctlError} from '../src/model/errors.ts'
import {createNode, waitForApiServer, waitForKubelet, waitForServiceAccount} from './api.ts'
import {provideBinaries} from './binaries.ts'
import {type CgroupLayout, observeCgroups, removeCgroups} from './cgroups.ts'
import {copyStore, type ImageStore, imageStore} from './images/store.ts'
import {requireInotify} from './inotify.ts'
import {machinePid, router, startService} from './machines.ts'
import {bootNode, joinCluster} from './nodes.ts'
import {identityOf, startRelay, startRouter} from './outer.ts'
import {labPackages, ensurePackages} from './packages.ts'
import {makeCertificates, writeKubeconfig} from './pki.ts'
import {lockLab} from './lock.ts'
import {type Progress, progressOnStderr} from './progress.ts'
import {apiServer, controllerManager, etcd, scheduler} from './services.ts'
import {type LabRecord, paths, readRecord, writeRecord} from './state.ts'
import {defaultTopology, topologyCalled, type TopologyName} from './topologies.ts'
import type {LabNode, Topology} from './topology.ts'
import {requireWritable} from './writable.ts'
import {endNamespace, ownNamespace, requireMounts} from './without-root.ts'

export {deploy} from './deploy.ts'

export const kubeconfigPath = paths.kubeconfig

/** Starts the lab: ends when every kubelet has registered (NotReady: no CNI is installed). False: it ran already. */
export async function up(
  progress: Progress = progressOnStderr(),
  topologyName: TopologyName = defaultTopology,
): Promise<boolean> {
  await using _lock = await lockLab()
  if (isUp()) {
    requireTopology(topologyName)
    return false
  }
  if (process.getuid?.() !== 0)
    throw new AntctlError('MACHINE', 'the lab is started by root, or by `npm run lab -- up`')
  requireWritable(paths.lab, ['ANTCTL_LAB=DIRECTORY npm run lab -- up'])
  await removeLab()
  const topology = topologyCalled(topologyName)
  requireInotify(topology.nodes.length)
  await requireMounts()
  await preparePackages(progress)
  const [store] = await progress.step('programs, images and certificates', () =>
    Promise.all([provideStore(progress), makeCertificates(topology)]),
  )
  const layout = ownCgroups()
  const record: LabRecord = {
    cgroups: [...layout.directories],
    startedAt: Date.now(),
    complete: false,
    topology: topologyName,
    agentBase: store.base,
  }
  await writeRecord(record)
  const pid = await progress.step('router', () => startRouter(layout, record, topology))
  const {port, relay} = await progress.step('control plane and Nodes', async () => {
    for (const {name, command} of [etcd(), apiServer(topology)]) startService(router, name, command)
    const relayed = await startRelay(pid, layout)
    const booted = Promise.all(topology.nodes.map((node) => installNode(node, topology, store.directory)))
    await waitForApiServer(relayed.port)
    await Promise.all(topology.nodes.map((node) => createNode(relayed.port, node)))
    for (const {name, command} of [controllerManager(topology), scheduler()]) startService(router, name, command)
    await booted
    return relayed
  })
  await progress.step('kubelets registered', async () => {
    for (const node of topology.nodes) joinCluster(node, topology)
    await Promise.all([waitForServiceAccount(port), ...topology.nodes.map(({name}) => waitForKubelet(port, name))])
  })
  await writeKubeconfig(paths.kubeconfig, 'admin', `https://127.0.0.1:${port}`)
  await writeRecord({...record, ...identityOf(pid), relay, port, complete: true})
  return true
}

/** Builds whatever `up` would build, which takes minutes once a machine; the lab must not be up. */
export async function prepare(progress: Progress = progressOnStderr()): Promise<void> {
  await preparePackages(progress)
  await provideStore(progress)
}

/** Ends every process of the lab and removes what it made, also after a crash; does nothing when there is nothing. */
export async function down(): Promise<void> {
  await using _lock = await lockLab()
  await removeLab()
}

async function removeLab(): Promise<void> {
  const record = readRecord()
  await removeCgroups(record?.cgroups ?? ownCgroups().directories)
  await endNamespace()
  await rm(paths.lab, {recursive: true, force: true})
}

/** Cgroups are root's to make: another's lab is held together by its user namespace. */
function ownCgroups(): CgroupLayout {
  const layout = observeCgroups()
  return ownNamespace() === undefined ? layout : {...layout, directories: []}
}

export function isUp(): boolean {
  return readRecord()?.complete === true && machinePid(router) !== undefined
}

function requireTopology(wanted: TopologyName): void {
  const topology = readRecord()?.topology
  if (topology === undefined || topology === wanted) return
  throw new AntctlError('USAGE', `the lab is up already, as ${topology}`, {
    remedy: ['npm run lab -- down', 'ANTCTL_LAB=DIRECTORY npm run lab -- up starts a second lab beside it'],
  })
}

/** Before anything that runs a program of theirs, certificates included. */
async function preparePackages({line}: Progress): Promise<void> {
  await ensurePackages(labPackages, line)
  await mkdir(paths.images, {recursive: true})
}

async function provideStore({line}: Progress): Promise<ImageStore> {
  await provideBinaries(paths.programs, line)
  return imageStore(paths.programs, line)
}

async function installNode(node: LabNode, topology: Topology, store: string): Promise<void> {
  const disk = join(paths.machine(node.name), 'var', 'lib')
  await mkdir(disk, {recursive: true})
  await copyStore(store, join(disk, 'containerd'))
  await bootNode(node, topology)
}
