import type {Ip, Mac} from '../../model/address.ts'
import type {AttachmentRequest, CniVersion} from './request.ts'

/** One Pod wired, as the container runtime is told. */
export interface Wired {
  readonly hostName: string
  readonly ip: Ip
  readonly prefix: number
  readonly gateway: Ip
  readonly mac: Mac
  readonly mtu: number
}

/** CNI specification, section "Success". */
export interface CniResult {
  readonly cniVersion: string
  readonly interfaces: readonly {
    readonly name: string
    readonly mac?: string
    readonly mtu?: number
    readonly sandbox?: string
  }[]
  readonly ips: readonly {
    readonly interface: number
    readonly address: string
    readonly gateway: string
    readonly version?: string
  }[]
  readonly routes: readonly {readonly dst: string; readonly gw: string}[]
  readonly dns: object
}

/** In the version that was asked for: before 1.0.0 an address named its family, since 1.1.0 an interface has its MTU. */
export function describeResult(
  {version, ifName, netns}: Pick<AttachmentRequest, 'version' | 'ifName' | 'netns'>,
  {hostName, ip, prefix, gateway, mac, mtu}: Wired,
): CniResult {
  const size = version === '1.1.0' ? {mtu} : {}
  return {
    cniVersion: version,
    interfaces: [
      {name: hostName, ...size},
      {name: ifName, mac, ...size, sandbox: netns},
    ],
    ips: [{interface: 1, address: `${ip}/${prefix}`, gateway, ...(namesFamily(version) && {version: '4'})}],
    routes: [{dst: '0.0.0.0/0', gw: gateway}],
    dns: {},
  }
}

function namesFamily(version: CniVersion): boolean {
  return version.startsWith('0.')
}
