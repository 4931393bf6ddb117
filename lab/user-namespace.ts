import {existsSync, readFileSync} from 'node:fs'
import {userInfo} from 'node:os'
import {delimiter, join} from 'node:path'
import {execa} from 'execa'
import {AntctlError} from '../src/model/errors.ts'

/** What this machine says of user namespaces to somebody who is not root. */
export interface UserNamespaceFacts {
  readonly name: string
  readonly uid: number
  /** Of the three switches of the kernel, as /proc/sys has them; '' where there is no such switch. */
  readonly most: string
  readonly unprivileged: string
  readonly restricted: string
  /** What unshare(1) said when it was tried; '' when it worked. */
  readonly refusal: string
  /** Of newuidmap and newgidmap those that are not installed. */
  readonly missing: readonly string[]
  /** subuid(5): NAME:FIRST:COUNT, a line each. */
  readonly subuid: string
  readonly subgid: string
}

/** Node processes run as many users: Pods of Kubernetes are given ids up to this. */
const ids = 65_536

/** Why the lab is not started by who is not root, in one sentence. */
export async function needsRoot(): Promise<AntctlError> {
  const why = whyNoUserNamespace(await observeUserNamespaces())
  return new AntctlError('MACHINE', `the lab makes namespaces and cgroups, which needs root: ${why}`, {
    remedy: ['sudo npm run lab -- up'],
  })
}

export function whyNoUserNamespace(facts: UserNamespaceFacts): string {
  const {name, most, unprivileged, restricted, refusal, missing, subuid, subgid} = facts
  if (most === '0') return 'user namespaces are off (user.max_user_namespaces)'
  if (unprivileged === '0') return 'user namespaces are for root alone (kernel.unprivileged_userns_clone)'
  if (restricted === '1')
    return 'AppArmor lets nobody else make user namespaces (kernel.apparmor_restrict_unprivileged_userns)'
  if (refusal !== '') return `a user namespace cannot be made: ${refusal}`
  if (missing.length > 0) {
    const verb = missing.length === 1 ? 'is' : 'are'
    return `a user namespace would need ${missing.join(' and ')}, which ${verb} not installed`
  }
  const files = {'/etc/subuid': subuid, '/etc/subgid': subgid}
  const short = Object.entries(files).find(([, text]) => largestRange(text, facts) < ids)?.[0]
  if (short !== undefined) return `a user namespace would need ${ids} ids, and ${short} gives ${name} fewer`
  return 'a user namespace would do on this machine, but the lab does not use one yet'
}

/** How many ids the largest range of this user has; by name or by number. */
function largestRange(text: string, {name, uid}: UserNamespaceFacts): number {
  const counts = text.split('\n').flatMap((line) => {
    const [owner, , count] = line.split(':')
    return owner === name || owner === String(uid) ? [Number(count)] : []
  })
  return Math.max(0, ...counts.filter(Number.isFinite))
}

async function observeUserNamespaces(): Promise<UserNamespaceFacts> {
  const uid = process.getuid?.() ?? 0
  const tried = await execa('unshare', ['--user', '--map-root-user', 'true'], {reject: false, timeout: 5_000})
  return {
    name: nameOf(uid),
    uid,
    most: switchAt('user/max_user_namespaces'),
    unprivileged: switchAt('kernel/unprivileged_userns_clone'),
    restricted: switchAt('kernel/apparmor_restrict_unprivileged_userns'),
    refusal: tried.failed ? lastLine(tried.stderr) : '',
    missing: ['newuidmap', 'newgidmap'].filter((program) => !isThere(program)),
    subuid: textOf('/etc/subuid'),
    subgid: textOf('/etc/subgid'),
  }
}

/** A container may run as a number that has no name. */
function nameOf(uid: number): string {
  try {
    return userInfo().username
  } catch {
    return String(uid)
  }
}

function lastLine(text = ''): string {
  const line = text.trim().split('\n').at(-1) ?? ''
  return line === '' ? 'unshare(1) failed' : line
}

function isThere(program: string): boolean {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/bin']
  return directories.some((directory) => existsSync(join(directory, program)))
}

function switchAt(path: string): string {
  return textOf(`/proc/sys/${path}`).trim()
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
