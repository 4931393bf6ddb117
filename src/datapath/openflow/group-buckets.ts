import {decodeActions, encodeActions} from './actions.ts'
import {malformed, octets, pad, slice, struct, u16, u32, u64} from './codec.ts'
import type {Bucket, Group, Selection} from './group.ts'
import {fieldByName} from './oxm.ts'
import {decodeProperties, encodeProperty, records} from './records.ts'
import {decodeFieldValue, encodeFieldValue, parseFieldValue, printFieldValue} from './tlv.ts'
import {unreadable} from './values.ts'

/** OpenFlow 1.5.1 §7.3.4.3.1, struct ofp_bucket. Actions follow, then properties. */
const bucketHeader = struct('bucket', {length: u16, actionsLength: u16, id: u32})
const bucketProperties = {weight: 0, watchPort: 1, watchGroup: 2} as const
const experimenter = 0xffff

export function encodeBucket(type: Group['type'], bucket: Bucket): Buffer {
  const actions = encodeActions(bucket.actions.filter((action) => action !== 'drop'))
  const {watchPort, watchGroup, weight = type === 'select' ? 1 : undefined} = bucket
  const properties = [
    weight === undefined ? [] : encodeProperty({type: bucketProperties.weight, value: weightBytes(weight)}),
    watchPort === undefined ? [] : encodeProperty({type: bucketProperties.watchPort, value: u32Bytes(watchPort)}),
    watchGroup === undefined ? [] : encodeProperty({type: bucketProperties.watchGroup, value: u32Bytes(watchGroup)}),
  ].flat()
  const length = properties.reduce((sum, one) => sum + one.length, bucketHeader.size + actions.length)
  const start = bucketHeader.encode({length, actionsLength: actions.length, id: bucket.id})
  return Buffer.concat([start, actions, ...properties])
}

export function decodeBuckets(type: Group['type'], body: Buffer): Bucket[] {
  return records('bucket', body, bucketHeader.size).map((bytes) => {
    const {actionsLength, id} = bucketHeader.decode(bytes)
    const actions = decodeActions(slice('bucket actions', bytes, bucketHeader.size, actionsLength))
    const properties = new Map(
      decodeProperties(bytes.subarray(bucketHeader.size + actionsLength)).map(({type: kind, value}) => [kind, value]),
    )
    const numberOf = (kind: number, size: number): number | undefined => {
      const value = properties.get(kind)
      return value === undefined ? undefined : slice('bucket property', value, 0, size).readUIntBE(0, size)
    }
    const weight = type === 'select' ? (numberOf(bucketProperties.weight, 2) ?? 0) : undefined
    const [watchPort, watchGroup] = [numberOf(bucketProperties.watchPort, 4), numberOf(bucketProperties.watchGroup, 4)]
    return {
      id,
      actions,
      ...(weight !== undefined && weight !== 1 && {weight}),
      ...(watchPort !== undefined && {watchPort}),
      ...(watchGroup !== undefined && {watchGroup}),
    }
  })
}

/** netronome-ext.h, struct ntr_group_prop_selection_method: an experimenter's property. Fields follow. */
const selectionMethod = struct('selection method', {
  vendor: u32,
  subtype: u32,
  pad: pad(4),
  method: octets(16),
  parameter: u64,
})
const [netronome, methodSubtype] = [0x0000_154d, 1]

export function encodeSelection({method, parameter, fields}: Selection): Buffer {
  const name = Buffer.alloc(16)
  if (!/^[\w]{1,15}$/u.test(method)) throw unreadable(method, 'a selection method, for example hash')
  name.write(method)
  const start = selectionMethod.encode({vendor: netronome, subtype: methodSubtype, method: name, parameter})
  const masks = Object.entries(fields).map(([field, mask]) => encodeMask(field, mask))
  return encodeProperty({type: experimenter, value: Buffer.concat([start, ...masks])})
}

/** Group properties → how it selects. Others are left out: such a group is not as we want it in any case. */
export function decodeSelection(body: Buffer): Selection | undefined {
  const found = decodeProperties(body).find(({type, value}) => {
    if (type !== experimenter) return false
    const {vendor, subtype} = selectionMethod.decode(value)
    return vendor === netronome && subtype === methodSubtype
  })
  if (found === undefined) return undefined
  const {method, parameter} = selectionMethod.decode(found.value)
  const fields: Record<string, string> = {}
  for (let at: number = selectionMethod.size; at < found.value.length;) at = decodeMask(found.value, at, fields)
  return {method: method.toString('latin1').replace(/\0.*$/su, ''), parameter, fields}
}

/** A field whose value is the mask that counts. */
function encodeMask(name: string, mask: string): Buffer {
  const field = fieldByName(name)
  if (field === undefined) throw unreadable(name, 'a field')
  const all = Buffer.alloc(field.bytes, 0xff)
  const entry = mask === '' ? {field, value: all} : parseFieldValue(field, mask, 'action')
  if (entry === undefined) throw unreadable(mask, 'a mask')
  return encodeFieldValue(entry)
}

function decodeMask(bytes: Buffer, at: number, fields: Record<string, string>): number {
  const {entry, next} = decodeFieldValue(bytes, at)
  if (!('field' in entry)) throw malformed(`0x${entry.header.toString(16)} is no field that we know`)
  const whole = entry.value.every((byte) => byte === 0xff)
  fields[entry.field.name] = whole ? '' : printFieldValue(entry, 'action')
  return next
}

function weightBytes(weight: number): Buffer {
  const bytes = Buffer.alloc(4)
  if (!Number.isInteger(weight) || weight < 0 || weight > 0xffff)
    throw unreadable(String(weight), 'a weight up to 65535')
  bytes.writeUInt16BE(weight)
  return bytes
}

function u32Bytes(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}
