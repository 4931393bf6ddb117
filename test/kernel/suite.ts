import {execa} from 'execa'
import {existsSync} from 'node:fs'
import {mkdir, mkdtemp, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {buildDirectory} from '../../lab/binaries.ts'
import {ensurePackages, vmPackages} from '../../lab/packages.ts'
import {debianKernel} from '../../lab/vm/kernel.ts'
import {accelerator, runInVm} from '../../lab/vm/vm.ts'
import {buildCni} from '../../scripts/build.ts'
import {tallyOf, type Tally, vitestCommand} from '../vitest.ts'
import {bundleSuite} from './bundle.ts'

const root = join(import.meta.dirname, '..', '..')

/** How many times longer everything may take under emulation. */
const patience = {kvm: 3, tcg: 20} as const

/** The suite on the kernel's datapath: on this machine's kernel where it has one, else in a virtual machine. */
export async function runKernelSuite(
  {extent, update}: {readonly extent: 'sample' | 'whole'; readonly update?: true},
  tell: (line: string) => void,
): Promise<Tally> {
  await using undo = new AsyncDisposableStack()
  await mkdir(join(root, '.cache'), {recursive: true})
  const out = await mkdtemp(join(root, '.cache', 'kernel-suite-'))
  undo.defer(async () => rm(out, {recursive: true, force: true}))
  const programs = join(out, 'programs')
  await bundleSuite(extent, programs)
  const cniPrograms = join(out, 'cni')
  if (extent === 'whole') await buildCni(cniPrograms)
  const environment = {
    ANTCTL_TEST_DATAPATH: 'system',
    ANTCTL_TEST_PROGRAMS: programs,
    ANTCTL_CNI_PROGRAMS: cniPrograms,
    ANTCTL_TOOLBOX: join(await buildDirectory('toolbox', tell), 'toolbox'),
  }
  const report = join(out, 'report.json')
  const command = (to: string) => vitestCommand({project: 'kernel', report: to, ...(update && {update})})
  if (await hasDatapath()) {
    tell("on this machine's own kernel")
    const {exitCode} = await execa(process.execPath, command(report), {
      cwd: root,
      env: environment,
      reject: false,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    return await tallyOf(report, exitCode)
  }
  await ensurePackages(vmPackages, tell)
  const kernel = await debianKernel(tell)
  const by = await accelerator()
  tell(`in a virtual machine with Linux ${kernel.release} (${by === 'kvm' ? 'KVM' : 'software emulation'})`)
  const exitCode = await runInVm(kernel, by, {
    command: [process.execPath, ...command('/out/report.json')],
    directory: root,
    environment: {
      ...environment,
      ANTCTL_TEST_PATIENCE: String(patience[by]),
      HOME: '/root',
      TMPDIR: '/run/tmp',
      NO_COLOR: '1',
    },
    out,
    minutes: extent === 'sample' ? 10 : 60,
  })
  return await tallyOf(report, exitCode)
}

/** Loads the module where the kernel has it. */
async function hasDatapath(): Promise<boolean> {
  await execa('modprobe', ['--quiet', 'openvswitch'], {reject: false})
  return existsSync('/sys/module/openvswitch')
}
