import {named, pad, struct, text, u16, u32, u64, u8} from './codec.ts'
import {decodeProperties, encodeProperty} from './records.ts'

/** OpenFlow 1.5.1 §7.3.1, struct ofp_switch_features. */
export const switchFeatures = struct('switch features', {
  datapathId: u64,
  buffers: u32,
  tables: u8,
  auxiliary: u8,
  pad: pad(2),
  capabilities: u32,
  reserved: u32,
})
export type SwitchFeatures = ReturnType<typeof switchFeatures.decode>

/** §7.3.5.1, struct ofp_desc: what "ovs-vsctl show" says of the switch. */
export const switchDescription = struct('switch description', {
  manufacturer: text(256),
  hardware: text(256),
  software: text(256),
  serialNumber: text(32),
  datapath: text(256),
})
export type SwitchDescription = ReturnType<typeof switchDescription.decode>

/** §7.3.2, struct ofp_switch_config. A missSendLength of 0, which a new connection has, keeps packet-ins back. */
export const switchConfig = struct('switch config', {
  fragments: named(u16, {normal: 0, drop: 1, reassemble: 2, nxMatch: 3}),
  missSendLength: u16,
})

/** §7.3.8, struct ofp_role_request. */
export const role = struct('role', {
  role: named(u32, {same: 0, equal: 1, primary: 2, secondary: 3}),
  shortId: u16,
  pad: pad(2),
  generation: u64,
})
export type Role = ReturnType<typeof role.decode>['role']

/** §7.3.10, enum ofp_async_config_prop_type: message kind and role → which reasons are told, a bit each. */
const asyncProperties = {
  packetInSecondary: 0,
  packetIn: 1,
  portStatusSecondary: 2,
  portStatus: 3,
  flowRemovedSecondary: 4,
  flowRemoved: 5,
  roleStatusSecondary: 6,
  roleStatus: 7,
  tableStatusSecondary: 8,
  tableStatus: 9,
  requestForwardSecondary: 10,
  requestForward: 11,
} as const
export type AsyncConfig = Readonly<Partial<Record<keyof typeof asyncProperties, number>>>
const reasons = struct('reasons', {mask: u32})

export function encodeAsyncConfig(config: AsyncConfig): Buffer {
  return Buffer.concat(
    Object.entries(asyncProperties).flatMap(([name, type]) => {
      const mask = isAsyncName(name) ? config[name] : undefined
      return mask === undefined ? [] : [encodeProperty({type, value: reasons.encode({mask})})]
    }),
  )
}

/** The body of GET_ASYNC_REPLY; properties of experimenters are left out. */
export function decodeAsyncConfig(body: Buffer): AsyncConfig {
  const names = new Map<number, string>(Object.entries(asyncProperties).map(([name, type]) => [type, name]))
  return Object.fromEntries(
    decodeProperties(body).flatMap(({type, value}) => {
      const name = names.get(type)
      return name === undefined ? [] : [[name, reasons.decode(value).mask]]
    }),
  )
}

function isAsyncName(name: string): name is keyof typeof asyncProperties {
  return Object.hasOwn(asyncProperties, name)
}
