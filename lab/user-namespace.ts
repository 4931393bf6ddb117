import {accessSync, constants, existsSync, readFileSync} from 'node:fs'
import {userInfo} from 'node:os'
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
  /** subuid(5): NAME:FIRST:COUNT, a line each. */
  readonly subuid: string
  readonly subgid: string
  /** The device of Open vSwitch's ports, which nobody can make in a user namespace. */
  readonly tun: 'missing' | 'closed' | 'open'
}

/** Ids of this machine that a user has beside his own. */
export interface IdRange {
  readonly first: number
  readonly count: number
}

export interface Refusal {
  readonly why: string
  readonly remedy: readonly string[]
}

/** Node processes run as many users: Pods of Kubernetes are given ids up to this. */
const ids = 65_536
const tunDevice = '/dev/net/tun'

/** The ids that this user's lab may have; throws where the machine does not let him have one. */
export async function grantedIds(): Promise<{readonly uids: IdRange; readonly gids: IdRange}> {
  const facts = await observeUserNamespaces()
  const refused = refusalOf(facts)
  const [uids, gids] = [largestRange(facts.subuid, facts), largestRange(facts.subgid, facts)]
  if (refused === undefined && uids !== undefined && gids !== undefined) return {uids, gids}
  throw new AntctlError('MACHINE', `the lab cannot run without root: ${refused?.why ?? 'it has no ids'}`, {
    remedy: [...(refused?.remedy ?? []), 'sudo npm run lab -- up'],
  })
}

/** Why this user cannot have one, and the command that mends it. */
export function refusalOf(facts: UserNamespaceFacts): Refusal | undefined {
  const {most, unprivileged, restricted, refusal, tun} = facts
  if (most === '0')
    return switchedOff('this machine has user namespaces switched off', 'user.max_user_namespaces=10000')
  if (unprivileged === '0')
    return switchedOff('this machine has user namespaces for root alone', 'kernel.unprivileged_userns_clone=1')
  if (restricted === '1')
    return switchedOff('AppArmor has user namespaces for root alone', 'kernel.apparmor_restrict_unprivileged_userns=0')
  if (refusal !== '') return {why: `a user namespace cannot be made: ${refusal}`, remedy: []}
  return refusalOfIds(facts) ?? refusalOfTun(tun)
}

function switchedOff(why: string, setting: string): Refusal {
  return {why, remedy: [`sudo sysctl ${setting}`]}
}

function refusalOfIds(facts: UserNamespaceFacts): Refusal | undefined {
  const {name, subuid, subgid} = facts
  const files = [
    {file: '/etc/subuid', text: subuid, option: '--add-subuids'},
    {file: '/etc/subgid', text: subgid, option: '--add-subgids'},
  ].filter(({text}) => (largestRange(text, facts)?.count ?? 0) < ids)
  if (files.length === 0) return undefined
  const first = firstFree(`${subuid}\n${subgid}`)
  const options = files.map(({option}) => `${option} ${first}-${first + ids - 1}`)
  return {
    why: `its user namespace takes ${ids} ids, and ${name} has fewer in ${files.map(({file}) => file).join(' and ')}`,
    remedy: [`sudo usermod ${options.join(' ')} ${name}`],
  }
}

function refusalOfTun(tun: UserNamespaceFacts['tun']): Refusal | undefined {
  switch (tun) {
    case 'open':
      return undefined
    case 'closed':
      return {why: `${tunDevice} is not open to every user`, remedy: [`sudo chmod 0666 ${tunDevice}`]}
    case 'missing':
      return {why: `this machine has no ${tunDevice}`, remedy: ['sudo modprobe tun']}
  }
}

/** Of this user, by name or by number. */
function largestRange(text: string, {name, uid}: Pick<UserNamespaceFacts, 'name' | 'uid'>): IdRange | undefined {
  return rangesOf(text)
    .filter(({owner}) => owner === name || owner === String(uid))
    .sort((a, b) => b.count - a.count)[0]
}

/** Above all ranges that anybody has; useradd(8) begins with 100000. */
function firstFree(text: string): number {
  return Math.max(100_000, ...rangesOf(text).map(({first, count}) => first + count))
}

function rangesOf(text: string): readonly (IdRange & {readonly owner: string})[] {
  return text.split('\n').flatMap((line) => {
    const [, owner = '', first, count] = /^([^:]+):(\d+):(\d+)$/u.exec(line) ?? []
    return owner === '' ? [] : [{owner, first: Number(first), count: Number(count)}]
  })
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
    subuid: textOf('/etc/subuid'),
    subgid: textOf('/etc/subgid'),
    tun: existsSync(tunDevice) ? (isOpen(tunDevice) ? 'open' : 'closed') : 'missing',
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

function isOpen(device: string): boolean {
  try {
    accessSync(device, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
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
