import {access} from 'node:fs/promises'
import type {AgentConfig} from '../../model/agent-config.ts'
import {names} from '../../model/names.ts'
import {refuse} from '../../model/refusals/refuse.ts'

/** Where a loaded (or built-in) module of the kernel shows itself. */
const moduleFolder = '/sys/module/openvswitch'

/** The kernel's datapath where the kernel has one; what the configuration names is honoured or refused. */
export async function chooseDatapath(
  {ovsDatapathType}: AgentConfig,
  kernelHasIt: () => Promise<boolean> = hasKernelModule,
): Promise<'system' | 'netdev'> {
  if (ovsDatapathType === 'netdev') return 'netdev'
  if (await kernelHasIt()) return 'system'
  if (ovsDatapathType === undefined) return 'netdev'
  throw refuse('kernel-datapath-missing', {}, {source: names.configKey})
}

async function hasKernelModule(): Promise<boolean> {
  return access(moduleFolder).then(
    () => true,
    () => false,
  )
}
