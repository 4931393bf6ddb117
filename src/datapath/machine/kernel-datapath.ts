import {existsSync} from 'node:fs'

/** Where a loaded (or built-in) module of the kernel shows itself. */
const moduleFolder = '/sys/module/openvswitch'

/** Does this Node's kernel forward by flows of Open vSwitch? */
export function hasKernelDatapath(): boolean {
  return existsSync(moduleFolder)
}
