import {spawn} from 'node:child_process'
import {existsSync, openSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {AntctlError} from '../src/model/errors.ts'
import {type CgroupLayout, favourCgroups, joinable, makeCgroups, openToChildren} from './cgroups.ts'
import {
  bootMachine,
  outside,
  router,
  setUpNetwork,
  startService,
  startTicksOf,
  waitForControl,
  waitForMachine,
  within,
} from './machines.ts'
import {outsideSetup, routerSetup} from './network.ts'
import {makeMachineDirectories} from './nodes.ts'
import {type Identity, type LabRecord, paths, writeRecord} from './state.ts'
import type {Topology} from './topology.ts'
import {ownNamespace} from './without-root.ts'

/** The outermost process, whose death is the lab's; the namespaces of the router and of the outside host. */
export async function startRouter(layout: CgroupLayout, record: LabRecord, topology: Topology): Promise<number> {
  makeCgroups(layout.directories)
  favourCgroups(layout.directories)
  await makeMachineDirectories(router)
  const namespaces = ['--mount', '--net', '--pid', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child=KILL']
  const pid = startDetached(layout, ['unshare', ...namespaces, 'bash', join(paths.init, 'router.sh')], 'init.log', {
    LAB: paths.lab,
    LAYOUT: layout.version,
    HIERARCHIES: layout.hierarchies.join(' '),
    WITHOUT_ROOT: ownNamespace() === undefined ? '' : 'yes',
  })
  await writeRecord({...record, ...identityOf(pid)})
  await waitForControl(router)
  await Promise.all(layout.directories.map(openToChildren))
  bootMachine(outside)
  const [routerPid, outsidePid] = [await waitForMachine(router), await waitForMachine(outside)]
  await setUpNetwork(routerPid, routerSetup(topology, outsidePid))
  await setUpNetwork(outsidePid, outsideSetup(topology))
  return pid
}

/** Both halves of the road into the lab; answers the port of 127.0.0.1 that leads to the API server, and who listens there. */
export async function startRelay(
  labPid: number,
  layout: CgroupLayout,
): Promise<{readonly port: number; readonly relay: Identity}> {
  const relay = [process.execPath, join(paths.root, 'lab', 'relay.ts')]
  startService(router, 'relay', [...relay, 'inside', paths.relaySocket, '127.0.0.1', '6443'])
  const portFile = join(paths.lab, 'port')
  const pid = startDetached(
    layout,
    [...relay, 'outside', paths.relaySocket, '0', String(labPid), portFile],
    'relay-outside.log',
    {},
  )
  const port = await within(20, `the relay does not start; see ${paths.logs(router)}`, () => {
    const port = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0
    return port > 0 ? port : undefined
  })
  return {port, relay: identityOf(pid)}
}

/** A process of the lab that outlives this one: in the lab's cgroups, with its own session and its output in a log. */
function startDetached(
  layout: CgroupLayout,
  command: readonly string[],
  log: string,
  environment: Readonly<Record<string, string>>,
): number {
  const output = openSync(join(paths.logs(router), log), 'a')
  const enter = [join(paths.init, 'enter.sh'), ...layout.directories.map(joinable), '--']
  const child = spawn('sh', [...enter, ...command], {
    cwd: paths.lab,
    detached: true,
    stdio: ['ignore', output, output],
    env: {...process.env, ...environment, PATH: `${paths.programs}:/usr/sbin:/usr/bin:/sbin:/bin`},
  })
  child.unref()
  if (child.pid === undefined) throw new AntctlError('MACHINE', `${command[0]} could not be started`)
  return child.pid
}

export function identityOf(pid: number): Identity {
  const startTicks = startTicksOf(pid)
  return startTicks === undefined ? {} : {pid, startTicks}
}
