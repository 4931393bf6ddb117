import {named, octets, pad, struct, text, u16, u32, u64, u8} from './codec.ts'

/** Wire version of OpenFlow 1.5. */
export const version = 6

/** OpenFlow 1.5.1 §7.1.1, enum ofp_type: all of them. */
export const messageTypes = {
  hello: 0,
  error: 1,
  echoRequest: 2,
  echoReply: 3,
  experimenter: 4,
  featuresRequest: 5,
  featuresReply: 6,
  getConfigRequest: 7,
  getConfigReply: 8,
  setConfig: 9,
  packetIn: 10,
  flowRemoved: 11,
  portStatus: 12,
  packetOut: 13,
  flowMod: 14,
  groupMod: 15,
  portMod: 16,
  tableMod: 17,
  multipartRequest: 18,
  multipartReply: 19,
  barrierRequest: 20,
  barrierReply: 21,
  roleRequest: 24,
  roleReply: 25,
  getAsyncRequest: 26,
  getAsyncReply: 27,
  setAsync: 28,
  meterMod: 29,
  roleStatus: 30,
  tableStatus: 31,
  requestForward: 32,
  bundleControl: 33,
  bundleAdd: 34,
  controllerStatus: 35,
} as const
export type MessageType = keyof typeof messageTypes

/** §7.1.1. Every message starts with these eight bytes; length counts them too. */
export const header = struct('header', {
  version: u8,
  type: named(u8, messageTypes),
  length: u16,
  xid: u32,
})

/** §7.5.1. Elements of HELLO; the version bitmap (type 1) is the only one defined. */
export const helloElement = struct('hello element', {type: u16, length: u16})
export const versionBitmap = struct('version bitmap', {type: u16, length: u16, bitmap: u32})

/** §7.5.4. The first bytes of the refused message follow. */
export const errorMessage = struct('error', {type: u16, code: u16})

/** §7.3.4.2. A match and instructions follow. */
export const flowMod = struct('flow mod', {
  cookie: u64,
  cookieMask: u64,
  table: u8,
  command: named(u8, {add: 0, modify: 1, modifyStrict: 2, delete: 3, deleteStrict: 4}),
  idleTimeout: u16,
  hardTimeout: u16,
  priority: u16,
  bufferId: u32,
  outPort: u32,
  outGroup: u32,
  flags: u16,
  importance: u16,
})

/** §7.3.9.2. */
export const bundleControl = struct('bundle control', {
  id: u32,
  type: named(u16, {
    openRequest: 0,
    openReply: 1,
    closeRequest: 2,
    closeReply: 3,
    commitRequest: 4,
    commitReply: 5,
    discardRequest: 6,
    discardReply: 7,
  }),
  flags: u16,
})

/** §7.3.9.7. A whole message with the same xid follows. */
export const bundleAdd = struct('bundle add', {id: u32, pad: pad(2), flags: u16})

/** §7.3.9.5, enum ofp_bundle_flags: all or nothing, and in the order sent. */
export const bundleFlags = {atomic: 1, ordered: 2} as const

/** §7.3.5. Replies with flag 1 have more to come. */
export const multipart = struct('multipart', {
  type: named(u16, {
    desc: 0,
    flowDesc: 1,
    aggregate: 2,
    table: 3,
    portStats: 4,
    queueStats: 5,
    groupStats: 6,
    groupDesc: 7,
    groupFeatures: 8,
    meterStats: 9,
    meterDesc: 10,
    meterFeatures: 11,
    tableFeatures: 12,
    portDesc: 13,
    tableDesc: 14,
    queueDesc: 15,
    flowMonitor: 16,
    flowStats: 17,
    controllerStatus: 18,
    bundleFeatures: 19,
    experimenter: 0xffff,
  }),
  flags: u16,
  pad: pad(4),
})
export const moreToCome = 1

/** §7.3.5.2. A match follows. */
export const flowRequest = struct('flow stats request', {
  table: u8,
  pad: pad(3),
  outPort: u32,
  outGroup: u32,
  pad2: pad(4),
  cookie: u64,
  cookieMask: u64,
})

/** §7.3.5.2, struct ofp_flow_desc. A match, statistics and instructions follow; length counts them too. */
export const flowDesc = struct('flow description', {
  length: u16,
  pad: pad(2),
  table: u8,
  pad2: pad(1),
  priority: u16,
  idleTimeout: u16,
  hardTimeout: u16,
  flags: u16,
  importance: u16,
  cookie: u64,
})

/** §7.2.3.1. Fields follow; length counts these four bytes, not the padding after. */
export const matchHeader = struct('match', {type: u16, length: u16})

/** §7.3.5.6. */
export const portRequest = struct('port request', {port: u32, pad: pad(4)})

/** §7.2.1, struct ofp_port. Properties follow; length counts them too. */
export const portDesc = struct('port description', {
  port: u32,
  length: u16,
  pad: pad(2),
  mac: octets(6),
  pad2: pad(2),
  name: text(16),
  config: u32,
  state: u32,
})

/** §7.3.5.4. */
export const tableStats = struct('table statistics', {table: u8, pad: pad(3), active: u32, lookups: u64, matches: u64})

/** §7.2.1.2 and enum ofp_port_no: ports that are no device. */
export const reservedPorts = {
  IN_PORT: 0xffff_fff8,
  TABLE: 0xffff_fff9,
  NORMAL: 0xffff_fffa,
  FLOOD: 0xffff_fffb,
  ALL: 0xffff_fffc,
  CONTROLLER: 0xffff_fffd,
  LOCAL: 0xffff_fffe,
  ANY: 0xffff_ffff,
} as const
/** "No restriction" in out_group, and "not buffered" in buffer_id. */
export const none = 0xffff_ffff
export const allTables = 0xff

/** A whole message: header, then the body as it is. */
export function message(type: MessageType, xid: number, ...body: readonly Buffer[]): Buffer {
  const length = body.reduce((sum, part) => sum + part.length, header.size)
  return Buffer.concat([header.encode({version, type, length, xid}), ...body], length)
}
