import type {AgentConfig} from '../../model/agent-config.ts'
import {names} from '../../model/names.ts'
import {refuse} from '../../model/refusals/refuse.ts'
import {hasKernelDatapath} from '../../datapath/machine/kernel-datapath.ts'

/** The kernel's datapath where the kernel has one; what the configuration names is honoured or refused. */
export function chooseDatapath({ovsDatapathType}: AgentConfig): 'system' | 'netdev' {
  if (ovsDatapathType === 'netdev') return 'netdev'
  if (hasKernelDatapath()) return 'system'
  if (ovsDatapathType === undefined) return 'netdev'
  throw refuse('kernel-datapath-missing', {}, {source: names.configKey})
}
