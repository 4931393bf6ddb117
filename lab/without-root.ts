import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, readdirSync, readlinkSync, statSync} from 'node:fs'
import {mkdir, mkdtemp, rm} from 'node:fs/promises'
import {Socket} from 'node:net'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {execa} from 'execa'
import {AntctlError, sentenceOf} from '../src/model/errors.ts'
import {attach, ending} from './attach.ts'
import {isAlive} from './machines.ts'
import {ensurePackages, labPackages, namespacePackages} from './packages.ts'
import {paths, readRecord} from './state.ts'
import {grantedIds, type IdRange} from './user-namespace.ts'

/** Names the lab's user namespace to the processes in it, as /proc/self/ns/user does. */
const marker = 'ANTCTL_LAB_NAMESPACE'

/** The lab's own user namespace when this process is in it: everything in there is the lab's. */
export function ownNamespace(): string | undefined {
  const name = process.env[marker]
  return name !== undefined && name === namespaceOf('self') ? name : undefined
}

/**
 * Somebody else's lab than root's is in a user namespace of its own, as whose root everything in lab/ runs: has this
 * command run once more in there, and answers its exit status. Undefined: it is in the right place already. `fresh` lets
 * it make the namespace when there is none.
 */
export async function runInside({fresh}: {readonly fresh: boolean}): Promise<number | undefined> {
  if (ownNamespace() !== undefined) return undefined
  requireOwnLab()
  const resident = labResident()
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  if (resident !== undefined) {
    // This machine's root becomes the user, who is root in there; the user keeps his groups.
    const groups = process.getuid?.() === 0 ? [] : ['--preserve-credentials']
    const enter = ['nsenter', '--target', String(resident), '--user', ...groups, '--']
    return attach([...enter, ...command], {...environment(), [marker]: namespaceOf(resident) ?? ''})
  }
  return process.getuid?.() === 0 || !fresh ? undefined : runInNew(command)
}

/** Ends every other process of the lab's user namespace; root's lab has none. */
export async function endNamespace(): Promise<void> {
  const own = ownNamespace()
  if (own === undefined) return
  const others = (): readonly number[] => processes().filter((pid) => pid !== process.pid && namespaceOf(pid) === own)
  const deadline = Date.now() + 15_000
  for (let left = others(); left.length > 0; left = others()) {
    if (Date.now() > deadline) throw new AntctlError('MACHINE', `processes ${left.join(', ')} of the lab do not end`)
    for (const pid of left) endProcess(pid)
    await sleep(20)
  }
}

/** Containers and kernels may refuse what a lab mounts, root of a user namespace or not. */
export async function requireMounts(): Promise<void> {
  if (ownNamespace() === undefined) return
  await mkdir(paths.lab, {recursive: true})
  const directory = await mkdtemp(join(paths.lab, 'trial-'))
  const namespaces = ['--mount', '--net', '--pid', '--ipc', '--uts', '--cgroup', '--fork']
  const {failed, stderr} = await execa('unshare', [...namespaces, 'sh', join(paths.init, 'trial.sh'), directory], {
    reject: false,
  })
  await rm(directory, {recursive: true})
  if (!failed) return
  throw new AntctlError('MACHINE', `without root this machine refuses what the lab mounts: ${stderr.split('\n')[0]}`, {
    remedy: ['sudo npm run lab -- up'],
  })
}

function requireOwnLab(): void {
  const owner = statSync(paths.lab, {throwIfNoEntry: false})?.uid
  const own = process.getuid?.()
  if (own === 0 || owner === undefined || owner === own) return
  throw new AntctlError('MACHINE', `the lab of ${paths.lab} is ${owner === 0 ? "root's" : `that of user ${owner}`}`, {
    remedy: ['the same command with sudo', 'ANTCTL_LAB=DIRECTORY npm run lab -- up starts a second lab beside it'],
  })
}

/** A process of the recorded lab that is in another user namespace than we are. */
function labResident(): number | undefined {
  const record = readRecord()
  const here = namespaceOf('self')
  return [record, record?.relay]
    .filter((identity) => isAlive(identity))
    .map((identity) => identity?.pid)
    .find((pid) => pid !== undefined && ![undefined, here].includes(namespaceOf(pid)))
}

async function runInNew(command: readonly string[]): Promise<number> {
  const {uids, gids} = await grantedIds()
  await ensurePackages({...labPackages, ...namespacePackages}, () => {})
  const child = spawn('unshare', ['--user', 'sh', join(paths.init, 'user-namespace.sh'), ...command], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: {...process.env, ...environment()},
  })
  const ended = ending(child)
  const gate = child.stdio[3]
  if (!(gate instanceof Socket)) throw new AntctlError('MACHINE', 'unshare could not be started')
  await Promise.race([once(gate, 'data'), ended])
  try {
    await mapIds('newgidmap', child.pid, process.getgid?.(), gids)
    await mapIds('newuidmap', child.pid, process.getuid?.(), uids)
    gate.write('\n')
  } finally {
    // Without the line the other side goes no further.
    gate.end()
  }
  return ended
}

/** Ourselves become root in there, and our ids the ones from 1. */
async function mapIds(program: string, pid = 0, own = 0, {first, count}: IdRange): Promise<void> {
  const lines = [
    [0, own, 1],
    [1, first, count],
  ]
  try {
    await execa(program, [String(pid), ...lines.flat().map(String)])
  } catch (error) {
    throw new AntctlError('MACHINE', `${program} gives no ids: ${sentenceOf(error)}`, {
      remedy: ['sudo apt-get install --reinstall uidmap', 'sudo npm run lab -- up'],
      cause: error,
    })
  }
}

/** A user's PATH need not lead to ip, nft and sysctl. */
function environment(): Readonly<Record<string, string>> {
  return {PATH: `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`}
}

function namespaceOf(pid: number | 'self'): string | undefined {
  const link = `/proc/${pid}/ns/user`
  try {
    return readlinkSync(link)
  } catch {
    return undefined
  }
}

function processes(): readonly number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}

/** It may have ended by itself. */
function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (existsSync(`/proc/${pid}/ns/user`)) throw error
  }
}
