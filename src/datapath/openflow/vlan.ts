import {fieldByName, headerOf, type PacketField} from './oxm.ts'
import type {Outgoing} from './outgoing.ts'
import type {FieldValue} from './tlv.ts'
import {readNumber, unreadable} from './values.ts'

/**
 * The 802.1Q tag of a match. On the wire it is two fields (OpenFlow 1.5.1 §7.2.3.8); ovs-ofctl writes it as dl_vlan and
 * dl_vlan_pcp, or as vlan_tci where bits of it do not count: priority in the three upper bits, then "there is a tag".
 */
export interface Tag {
  readonly value: number
  readonly mask: number
}
const present = 0x1000
const [idBits, wholeId, priorityBits] = [0x0fff, 0x1fff, 0xe000]
/** dl_vlan with this value is a packet without a tag. */
const untagged = 0xffff

const words: Readonly<Record<string, (text: string) => Tag>> = {
  dl_vlan(text) {
    const id = readNumber(text, 2)
    if (id > idBits && id !== untagged) throw unreadable(text, 'a VLAN up to 4095')
    return {value: id === untagged ? 0 : id | present, mask: wholeId}
  },
  dl_vlan_pcp: priority,
  vlan_pcp: priority,
  vlan_tci: (text) => withMask(text, 0xffff),
  vlan_vid: (text) => withMask(text, wholeId),
}

export function isVlanWord(name: string): boolean {
  return Object.hasOwn(words, name)
}

/** What all VLAN words of a match say together. */
export function readTag(match: Readonly<Record<string, string>>): Tag {
  const tags = Object.entries(match).flatMap(([name, text]) => (isVlanWord(name) ? (words[name]?.(text) ?? []) : []))
  const [value, mask] = [tags.reduce((all, tag) => all | tag.value, 0), tags.reduce((all, tag) => all | tag.mask, 0)]
  const wanted = mask & priorityBits
  // What the wire cannot say Open vSwitch would leave out without a word.
  if (wanted !== 0 && (wanted !== priorityBits || (value & wholeId) === 0)) {
    throw unreadable(hex(value, mask), 'a tag that OpenFlow can match: all bits of the priority, with dl_vlan or a tag')
  }
  return {value, mask}
}

export const [idField, priorityField] = [fieldByName('vlan_vid'), fieldByName('vlan_pcp')]

/** Puts the tag at `at`, and answers where it ends. */
export function writeTag({view}: Outgoing, at: number, {value, mask}: Tag): number {
  if (idField === undefined || priorityField === undefined) return at
  const [id, counted] = [value & wholeId, mask & wholeId]
  let end = at
  if (counted !== 0) {
    const exact = counted === wholeId
    view.setUint32(at, headerOf(idField, exact ? 'exact' : 'masked'))
    view.setUint16(at + 4, id & counted)
    if (!exact) view.setUint16(at + 6, counted)
    end = at + (exact ? 6 : 8)
  }
  if ((mask & priorityBits) === 0) return end
  view.setUint32(end, headerOf(priorityField, 'exact'))
  view.setUint8(end + 4, value >>> 13)
  return end + 5
}

export function isTag(field: PacketField): boolean {
  return field === idField || field === priorityField
}

/** The two fields, or one of them → the words of a match. */
export function printTag(entries: readonly FieldValue[]): Readonly<Record<string, string>> {
  let [value, mask] = [0, 0]
  for (const entry of entries) {
    const isId = entry.field === idField
    value |= isId ? entry.value.readUInt16BE(0) & wholeId : (entry.value.readUInt8(0) << 13) | present
    mask |= isId ? (entry.mask?.readUInt16BE(0) ?? wholeId) & wholeId : priorityBits | present
  }
  const [id, priorityMask] = [mask & idBits, mask & priorityBits]
  const tagged = (value & mask & present) !== 0
  if (!tagged || (id !== 0 && id !== idBits) || (id === 0 && priorityMask === 0)) return {vlan_tci: hex(value, mask)}
  return {
    ...(id !== 0 && {dl_vlan: String(value & idBits)}),
    ...(priorityMask !== 0 && {dl_vlan_pcp: String(value >>> 13)}),
  }
}

function priority(text: string): Tag {
  const number = readNumber(text, 1)
  if (number > 7) throw unreadable(text, 'a VLAN priority up to 7')
  return {value: (number << 13) | present, mask: priorityBits | present}
}

function withMask(text: string, whole: number): Tag {
  const [value = '', mask] = text.split('/')
  const counted = mask === undefined ? whole : readNumber(mask, 2) & whole
  return {value: readNumber(value, 2) & counted, mask: counted}
}

function hex(value: number, mask: number): string {
  const digits = (number: number): string => `0x${number.toString(16).padStart(4, '0')}`
  return mask === 0xffff ? digits(value) : `${digits(value)}/${digits(mask)}`
}
