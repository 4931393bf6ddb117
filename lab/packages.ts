import {execa} from 'execa'
import {existsSync} from 'node:fs'
import {rm, writeFile} from 'node:fs/promises'
import {delimiter, join} from 'node:path'
import {AntctlError} from '../src/model/errors.ts'

/** Debian's package to a program of it that tells whether it is there. */
export const labPackages = {
  'openvswitch-switch': 'ovs-vswitchd',
  iproute2: 'ip',
  nftables: 'nft',
  iptables: 'iptables-nft',
  conntrack: 'conntrack',
  tcpdump: 'tcpdump',
  ethtool: 'ethtool',
  runc: 'runc',
  'busybox-static': 'busybox',
  openssl: 'openssl',
  procps: 'sysctl',
  'util-linux': 'nsenter',
  mount: 'mount',
} as const

/** What only tests run. */
export const testPackages = {'iputils-ping': 'ping'} as const

/** What only a lab without root needs. */
export const namespacePackages = {uidmap: 'newuidmap'} as const

/** What only the virtual machine of `npm run test:kernel` needs. */
export const vmPackages = {
  'qemu-system-x86': 'qemu-system-x86_64',
  kmod: 'depmod',
  'xz-utils': 'xz',
  'busybox-static': 'busybox',
} as const

/** Names what is missing; installs it when this is Debian or Ubuntu and we are root, else fails with the command to run. */
export async function ensurePackages(
  wanted: Readonly<Record<string, string>>,
  tell: (line: string) => void,
): Promise<void> {
  const missing = Object.keys(wanted).filter((name) => !isInstalled(wanted[name] ?? name))
  if (missing.length === 0) return
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`
  if (process.getuid?.() !== 0 || !isInstalled('apt-get')) {
    throw new AntctlError('MACHINE', `these Debian packages are missing: ${missing.join(', ')}`, {
      remedy: [`sudo ${command}`],
    })
  }
  tell(`installing Debian packages: ${missing.join(', ')}`)
  await using guard = new AsyncDisposableStack()
  await keepServicesStopped(guard)
  if (!(await install(missing))) {
    await apt(['update'])
    if (!(await install(missing))) {
      throw new AntctlError('MACHINE', `${command} failed`, {remedy: [`run it by hand to see why: sudo ${command}`]})
    }
  }
}

export function isInstalled(program: string): boolean {
  return whereIs(program) !== undefined
}

/** Its path, also where only root's PATH leads. */
export function whereIs(program: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return directories
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, program))
    .find(existsSync)
}

async function install(packages: readonly string[]): Promise<boolean> {
  return apt(['install', '--yes', '--no-install-recommends', ...packages])
}

async function apt(command: readonly string[]): Promise<boolean> {
  const {failed} = await execa('apt-get', ['--quiet=2', ...command], {
    env: {DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1'},
    stdout: process.stderr,
    stderr: process.stderr,
    reject: false,
  })
  return !failed
}

/** We want their programs, not their daemons: invoke-rc.d(8) asks this script, and 101 means "do not start". */
async function keepServicesStopped(guard: AsyncDisposableStack): Promise<void> {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return
  await writeFile(policy, '#!/bin/sh\nexit 101\n', {mode: 0o755})
  guard.defer(() => rm(policy, {force: true}))
}
