import {type BundlePart, partOf} from './bundle-part.ts'
import {malformed, named, pad, slice, struct, u16, u32, u64, u8} from './codec.ts'
import {secondsOf} from './counters.ts'
import {type Bucket, type Group, type GroupStats, groupTypes} from './group.ts'
import {decodeBuckets, decodeSelection, encodeBucket, encodeSelection} from './group-buckets.ts'
import {printGroup} from './group-text.ts'
import {put} from './outgoing.ts'
import {records, rows} from './records.ts'

/** OpenFlow 1.5.1 §7.3.4.3, struct ofp_group_mod, and Open vSwitch's "add or modify". Buckets follow, then properties. */
const groupMod = struct('group mod', {
  command: named(u16, {add: 0, modify: 1, remove: 2, insertBuckets: 3, removeBucket: 5, put: 0x8000}),
  type: named(u8, groupTypes),
  pad: pad(1),
  id: u32,
  bucketsLength: u16,
  pad2: pad(2),
  bucket: u32,
})
export type GroupCommand = ReturnType<typeof groupMod.decode>['command']

/** enum ofp_group_bucket: places in a group that are no bucket's id. */
export const bucketPlaces = {first: 0xffff_fffd, last: 0xffff_fffe, all: 0xffff_ffff} as const

/** A GROUP_MOD without its header. `bucket` is the bucket that a command about buckets means, or one of bucketPlaces. */
export function encodeGroupMod(command: GroupCommand, group: Group, bucket: number = bucketPlaces.all): Buffer {
  const buckets = Buffer.concat(group.buckets.map((one) => encodeBucket(group.type, one)))
  const selection = group.selection === undefined ? Buffer.alloc(0) : encodeSelection(group.selection)
  const {id, type} = group
  return Buffer.concat([
    groupMod.encode({command, type, id, bucketsLength: buckets.length, bucket}),
    buckets,
    selection,
  ])
}

export function decodeGroupMod(body: Buffer): {command: GroupCommand; bucket: number; group: Group} {
  const {command, type, id, bucketsLength, bucket} = groupMod.decode(body)
  return {command, bucket, group: decodeGroup({type, id}, body.subarray(groupMod.size), bucketsLength)}
}

/** Groups for a bundle: "put" adds or replaces. */
export function groupPart(groups: readonly Group[], command: 'put' | 'remove'): BundlePart {
  return partOf('groupMod', groups, {
    write: (out, at, group) => put(out, at, encodeGroupMod(command, group)),
    describe: (group) => (command === 'remove' ? `the removal of group ${group.id}` : printGroup(group)),
  })
}

/** For a removal only the id counts. */
export function groupToRemove(id: number): Group {
  return {id, type: 'all', buckets: []}
}

/** Buckets that come or go while the group's others, and their counters, stay. */
export type BucketChange =
  | {readonly insert: 'first' | 'last' | {readonly after: number}; readonly group: Group}
  | {readonly remove: 'first' | 'last' | 'all' | {readonly bucket: number}; readonly group: Pick<Group, 'id' | 'type'>}

/** A GROUP_MOD without its header. */
export function changeBuckets(change: BucketChange): Buffer {
  if ('insert' in change) {
    const {insert, group} = change
    const place = typeof insert === 'string' ? bucketPlaces[insert] : insert.after
    return encodeGroupMod('insertBuckets', group, place)
  }
  const {remove, group} = change
  const place = typeof remove === 'string' ? bucketPlaces[remove] : remove.bucket
  return encodeGroupMod('removeBucket', {...group, buckets: []}, place)
}

const groupRequest = struct('group request', {id: u32, pad: pad(4)})
const allGroups = 0xffff_fffc

/** Asks for one group, or for all of them. */
export function encodeGroupRequest(id = allGroups): Buffer {
  return groupRequest.encode({id})
}

/** struct ofp_group_desc. Buckets follow, then properties. */
const groupDesc = struct('group description', {
  length: u16,
  type: named(u8, groupTypes),
  pad: pad(1),
  id: u32,
  bucketsLength: u16,
  pad2: pad(6),
})

/** The body of a GROUP_DESC reply. */
export function decodeGroups(body: Buffer): Group[] {
  return records('group description', body, groupDesc.size).map((bytes) => {
    const {type, id, bucketsLength} = groupDesc.decode(bytes)
    return decodeGroup({type, id}, bytes.subarray(groupDesc.size), bucketsLength)
  })
}

/** struct ofp_group_stats. A pair of counters a bucket follows. */
const groupStats = struct('group statistics', {
  length: u16,
  pad: pad(2),
  id: u32,
  references: u32,
  pad2: pad(4),
  packets: u64,
  bytes: u64,
  time: u64,
})
const bucketCounters = struct('bucket counters', {packets: u64, bytes: u64})

/** The body of a GROUP_STATS reply. */
export function decodeGroupStats(body: Buffer): GroupStats[] {
  return records('group statistics', body, groupStats.size).map((whole) => {
    const {id, references, packets, bytes, time} = groupStats.decode(whole)
    const buckets = rows('bucket counters', whole.subarray(groupStats.size), bucketCounters.size)
    return {
      id,
      references,
      packets,
      bytes,
      duration: secondsOf(time),
      buckets: buckets.map((one) => bucketCounters.decode(one)),
    }
  })
}

/** struct ofp_group_features: bits of types and abilities, then for each type how many groups and which actions. */
const groupFeatures = struct('group features', {
  types: u32,
  capabilities: u32,
  mostAll: u32,
  mostSelect: u32,
  mostIndirect: u32,
  mostFf: u32,
  actionsAll: u32,
  actionsSelect: u32,
  actionsIndirect: u32,
  actionsFf: u32,
})

export interface GroupFeatures {
  readonly types: readonly Group['type'][]
  readonly mostGroups: number
}

/** The body of a GROUP_FEATURES reply. */
export function decodeGroupFeatures(body: Buffer): GroupFeatures {
  const {types, mostAll, mostSelect, mostIndirect, mostFf} = groupFeatures.decode(body)
  const known = (['all', 'select', 'indirect', 'ff'] as const).filter((type) => (types >>> groupTypes[type]) & 1)
  return {types: known, mostGroups: Math.min(mostAll, mostSelect, mostIndirect, mostFf)}
}

function decodeGroup({type, id}: Pick<Group, 'type' | 'id'>, rest: Buffer, bucketsLength: number): Group {
  const buckets: Bucket[] = decodeBuckets(type, slice('buckets', rest, 0, bucketsLength))
  const selection = decodeSelection(rest.subarray(bucketsLength))
  if (selection !== undefined && type !== 'select')
    throw malformed('a selection method of a group that does not select')
  return {id, type, buckets, ...(selection !== undefined && {selection})}
}
