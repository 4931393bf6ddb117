import type {KernelRoute} from '../../model/agent-api.ts'
import {names} from '../../model/names.ts'

/** Does the kernel hand such packets to br-int, whose flows tunnel them? */
export function throughBridge({dev}: KernelRoute): boolean {
  return dev === names.gatewayPort
}
