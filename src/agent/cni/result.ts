import type {Ip, Mac} from '../../model/address.ts'
import type {CniRequest, CniVersion} from './request.ts'

/** One Pod wired, as the container runtime is told. */
export interface Wired {
  readonly hostName: string
  readonly ip: Ip
  readonly prefix: number
  readonly gateway: Ip
  readonly mac: Mac
}

/** CNI specification, section "Success": in the version that was asked for. Before 1.0.0 an address named its family. */
export function describeResult(
  {version, ifName, netns}: CniRequest,
  {hostName, ip, prefix, gateway, mac}: Wired,
): unknown {
  return {
    cniVersion: version,
    interfaces: [{name: hostName}, {name: ifName, mac, sandbox: netns}],
    ips: [{interface: 1, address: `${ip}/${prefix}`, gateway, ...(namesFamily(version) && {version: '4'})}],
    routes: [{dst: '0.0.0.0/0', gw: gateway}],
    dns: {},
  }
}

function namesFamily(version: CniVersion): boolean {
  return version.startsWith('0.')
}
