import {execa, type Options} from 'execa'
import {existsSync, readFileSync, readlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {AntctlError} from '../src/model/errors.ts'
import type {NamespaceSetup} from './network.ts'
import {type Identity, paths, readRecord} from './state.ts'

/** Names beside the Nodes': the outer namespaces with the control plane, and the host that belongs to no subnet. */
export const router = 'router'
export const outside = 'outside'

/** The first process of a machine of the lab, as this machine counts processes; undefined when it is off. */
export function machinePid(name: string): number | undefined {
  const record = readRecord()
  if (record?.pid === undefined || !isAlive(record)) return undefined
  const first = childrenOf(record.pid)[0]
  if (name === router || first === undefined) return first
  const unshare = childrenOf(first).find((pid) => environmentOf(pid).includes(`LAB_MACHINE=${name}`))
  return unshare === undefined ? undefined : childrenOf(unshare).find((pid) => isInOwnNetwork(pid, first))
}

/** Whether the recorded process still runs. */
export function isAlive({pid, startTicks}: Identity = {}): boolean {
  return pid !== undefined && startTicks !== undefined && startTicksOf(pid) === startTicks
}

/** proc(5) stat, field 22: tells a process from a later one with its number. */
export function startTicksOf(pid: number): string | undefined {
  const stat = readOrEmpty(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

export async function waitForMachine(name: string): Promise<number> {
  return within(20, `${name} does not start; see ${paths.logs(name)}`, () => machinePid(name))
}

/** Those that a machine may have to itself. */
const namespaces = ['-m', '-n', '-p', '-u', '-i', '-C']

/** argv that runs a command inside a machine, in all of its namespaces. */
export function inside(name: string, command: readonly string[]): readonly string[] {
  const pid = machinePid(name)
  if (pid === undefined) {
    throw new AntctlError('NODE_UNKNOWN', `${JSON.stringify(name)} is not a running machine of the lab`, {
      remedy: ['npm run lab -- status'],
    })
  }
  // A Node has a root of its own, the others see this machine's.
  const programs = name === router || name === outside ? paths.programs : '/opt/lab/bin'
  const path = `PATH=${programs}:/usr/sbin:/usr/bin:/sbin:/bin`
  return ['nsenter', '-t', String(pid), ...namespaces, '--', 'env', path, `LAB_MACHINE=${name}`, ...command]
}

/** Runs a command in a machine and gives back what it printed; fails with its stderr. */
export async function run(name: string, command: readonly string[], options: Options = {}): Promise<string> {
  const [program = '', ...rest] = inside(name, command)
  const {stdout} = await execa(program, rest, options)
  return typeof stdout === 'string' ? stdout : ''
}

/** Brings a machine's network namespace to what it shall hold. */
export async function setUpNetwork(pid: number, {ip, nft, sysctls, wholeChecksums}: NamespaceSetup): Promise<void> {
  const enter = ['-t', String(pid), '-n', '--']
  await execa('nsenter', [...enter, 'ip', '-batch', '-'], {input: ip.join('\n')})
  if (nft !== undefined) await execa('nsenter', [...enter, 'nft', '-f', '-'], {input: nft.join('\n')})
  const settings = Object.entries(sysctls).filter(([key]) => existsSync(`/proc/sys/${key.replaceAll('.', '/')}`))
  const tasks = wholeChecksums.map((device) =>
    execa('nsenter', [...enter, 'ethtool', '-K', device, 'tx', 'off', 'tso', 'off', 'gso', 'off'], {reject: false}),
  )
  if (settings.length > 0) {
    await execa('nsenter', [...enter, 'sysctl', '-qw', ...settings.map(([key, value]) => `${key}=${value}`)])
  }
  await Promise.all(tasks)
}

/** Starts a service of a machine from its argument list; its first process keeps it running. */
export function startService(name: string, service: string, command: readonly string[]): void {
  writeFileSync(join(paths.control(name), 'services', service), `${command.join('\n')}\n`)
  tell(name, `start ${service}`)
}

export function bootMachine(name: string): void {
  tell(router, `boot ${name}`)
}

export async function waitForControl(name: string): Promise<void> {
  const ready = join(paths.control(name), 'ready')
  await within(20, `${name} does not start; see ${paths.logs(name)}`, () => (existsSync(ready) ? true : undefined))
}

/** Asks every 10 ms until there is an answer. */
export async function within<T>(seconds: number, failure: string, ask: () => T | undefined): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const answer = ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline) throw new AntctlError('TIMEOUT', failure)
    await sleep(10)
  }
}

function tell(name: string, line: string): void {
  writeFileSync(join(paths.control(name), 'commands'), `${line}\n`, {flag: 'a'})
}

export function childrenOf(pid: number): readonly number[] {
  return readOrEmpty(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
}

function environmentOf(pid: number): readonly string[] {
  return readOrEmpty(`/proc/${pid}/environ`).split('\0')
}

/** unshare's child exists before its namespaces are of use only in theory, but a race here would cut the wrong wire. */
function isInOwnNetwork(pid: number, routerPid: number): boolean {
  const [own, routers] = [networkOf(pid), networkOf(routerPid)]
  return own !== '' && own !== routers
}

function networkOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return ''
  }
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
