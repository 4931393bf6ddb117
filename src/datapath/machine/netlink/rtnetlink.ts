import {body} from './codec.ts'
import {i32, ip, mac, octets, text, u16, u32, u8} from './kinds.ts'

/** linux/rtnetlink.h, RTM_… */
export const types = {
  newLink: 16,
  delLink: 17,
  getLink: 18,
  newAddress: 20,
  delAddress: 21,
  getAddress: 22,
  newRoute: 24,
  delRoute: 25,
  getRoute: 26,
  newNeighbour: 28,
  delNeighbour: 29,
  getNeighbour: 30,
  newRule: 32,
  delRule: 33,
  getRule: 34,
  newSettings: 80,
  delSettings: 81,
} as const

/** linux/rtnetlink.h, RTNLGRP_… */
export const groups = {link: 1, neighbour: 3, ipv4Address: 5, ipv4Route: 7, ipv4Rule: 8, ipv4Settings: 24} as const

export const families = {any: 0, ipv4: 2, ipv6: 10} as const

/** linux/if.h and linux/if_arp.h. */
export const linkUp = 0x1
/** IFF_LOWER_UP: the cable is in. */
export const linkCarrier = 0x1_00_00
export const ethernet = 1
/** linux/rtnetlink.h, RTEXT_FILTER_SKIP_STATS: counters would double each row. */
export const skipStatistics = 8

/** struct ifinfomsg. */
const linkHeader = {family: u8, _: u8, type: u16, index: i32, flags: u32, change: u32}
/** How many a new link has. */
const queues = {sendQueues: [31, u32], receiveQueues: [32, u32]} as const
/** The other end of a veth is a whole link again (linux/veth.h, VETH_INFO_PEER). */
const peerAttributes = {address: [1, mac], name: [3, text], mtu: [4, u32], netnsFd: [28, u32]} as const
const peer = body('veth peer', linkHeader, {...peerAttributes, ...queues})
const vethData = body('veth', {}, {peer: [1, peer]})
/** linux/if_link.h, IFLA_INFO_…; its data are told apart by the kind, of which we write one only. */
const linkInfo = body('link kind', {}, {kind: [1, text], veth: [2, vethData]})
const linkKind = body('link kind', {}, {kind: [1, text]})
const linkAttributes = {
  address: [1, mac],
  name: [3, text],
  mtu: [4, u32],
  /** Index of the other end of a veth, in the namespace with the number `peerNetns` when it is another one. */
  peerIndex: [5, u32],
  master: [10, u32],
  alias: [20, octets],
  extended: [29, u32],
  peerNetns: [37, i32],
} as const
/** linux/if_link.h, IFLA_… */
export const link = body('link', linkHeader, {...linkAttributes, info: [18, linkKind]})
export const newVeth = body('link', linkHeader, {...linkAttributes, ...queues, info: [18, linkInfo]})

/** linux/if_addr.h, IFA_… */
export const address = body(
  'address',
  {family: u8, prefix: u8, flags: u8, scope: u8, index: u32},
  {address: [1, ip], local: [2, ip], broadcast: [4, ip]},
)

const metrics = body('route metrics', {}, {mtu: [2, u32]})
/** linux/rtnetlink.h, struct rtmsg and RTA_… */
export const route = body(
  'route',
  {family: u8, toLength: u8, fromLength: u8, tos: u8, table8: u8, protocol: u8, scope: u8, type: u8, flags: u32},
  {
    to: [1, ip],
    from: [2, ip],
    incoming: [3, u32],
    index: [4, u32],
    via: [5, ip],
    metric: [6, u32],
    source: [7, ip],
    metrics: [8, metrics],
    table: [15, u32],
  },
)
export const mainTable = 254
export const localTable = 255
/** RT_SCOPE_…; nowhere is what a removal asks for. */
export const scopes = {global: 0, link: 253, nowhere: 255} as const
/** RTNH_F_ONLINK, in the flags of a route. */
export const onlinkFlag = 4
/** RTM_F_FIB_MATCH: the row of the table that decides, not what a packet is given by it. */
export const fibMatch = 0x20_00
/** RTM_F_LOOKUP_TABLE: answer with the table that it stands in. */
export const nameTable = 0x1000

/** linux/fib_rules.h, struct fib_rule_hdr and FRA_…; action 1 is "look there" (FR_ACT_TO_TBL). */
export const rule = body(
  'rule',
  {family: u8, toLength: u8, fromLength: u8, tos: u8, table8: u8, _: u8, __: u8, action: u8, flags: u32},
  {from: [2, ip], priority: [6, u32], mark: [10, u32], table: [15, u32], mask: [16, u32], protocol: [21, u8]},
)
export const lookThere = 1

/** linux/neighbour.h, struct ndmsg and NDA_… */
export const neighbour = body(
  'neighbour',
  {family: u8, _: u8, __: u16, index: i32, state: u16, flags: u8, type: u8},
  {to: [1, ip], mac: [2, mac]},
)
/** linux/neighbour.h, NUD_… and NTF_USE ("resolve it now"). */
export const neighbourStates = {none: 0, failed: 0x20, permanent: 0x80}
export const resolveNow = 1

/** linux/netconf.h, struct netconfmsg and NETCONFA_…: the few sysctls of an interface of which the kernel tells. */
export const settings = body('settings', {family: u8}, {index: [1, i32], forwarding: [2, u32], rpFilter: [3, u32]})
/** NETCONFA_IFINDEX_ALL: net/ipv4/conf/all. */
export const everyInterface = -1
