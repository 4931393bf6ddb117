import {execa} from 'execa'
import {access, constants, copyFile, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {AntctlError} from '../../src/model/errors.ts'
import {initrdFor} from './initrd.ts'
import type {Kernel} from './kernel.ts'
import {type Accelerator, qemuArguments} from './qemu.ts'

/** KVM where the processor offers it and its device may be opened. */
export async function accelerator(): Promise<Accelerator> {
  const processor = await readFile('/proc/cpuinfo', 'utf8')
  if (!/^flags\s*:.* (?:vmx|svm)\b/mu.test(processor)) return 'tcg'
  return access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => 'kvm',
    () => 'tcg',
  )
}

export interface GuestCommand {
  /** Program and arguments; its files are this machine's, and what it writes is forgotten, but for /out. */
  readonly command: readonly string[]
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  /** A directory of this machine; the command sees it as /out. */
  readonly out: string
  readonly minutes: number
}

/**
 * Boots the kernel with this machine's files as they are, runs the command as root, shows its output and answers its exit code.
 * Throws MACHINE with the kernel's last lines when the virtual machine did not come that far.
 */
export async function runInVm(kernel: Kernel, accelerator: Accelerator, wanted: GuestCommand): Promise<number> {
  const {out} = wanted
  const variables = Object.entries(wanted.environment).map(([name, value]) => `${name}=${value}`)
  const words = ['env', `--chdir=${wanted.directory}`, ...variables, ...wanted.command]
  await writeFile(join(out, 'command'), words.map((word) => `${word}\0`).join(''))
  await writeFile(join(out, 'modules'), join(kernel.modules, '..'))
  await copyFile(join(import.meta.dirname, 'guest.sh'), join(out, 'guest.sh'))
  await writeFile(join(out, 'initrd'), await initrdFor(kernel))
  const result = await execa('qemu-system-x86_64', qemuArguments({kernel, accelerator, out}), {
    // Open to the end: when its input ends, QEMU closes its output too.
    stdin: 'pipe',
    stdout: 'inherit',
    reject: false,
    timeout: wanted.minutes * 60_000,
  })
  const code = await readFile(join(out, 'exit-code'), 'utf8').catch(() => undefined)
  if (code !== undefined) return Number(code)
  const log = await readFile(join(out, 'console'), 'utf8').catch(() => '')
  const why = result.timedOut ? `did not finish within ${wanted.minutes} minutes` : 'ended before the command did'
  const said = `${result.stderr}\n${log}`.trim().split('\n').slice(-12).join('\n')
  throw new AntctlError('MACHINE', `the virtual machine ${why}; it said:\n${said}`)
}
