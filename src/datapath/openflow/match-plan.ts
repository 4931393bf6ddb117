import {AntctlError} from '../../model/errors.ts'
import {writerOf} from './field-writer.ts'
import type {Flow} from './flow.ts'
import {fieldByName, type PacketField, placeOnWire, protocolWords, transportPrefixes} from './oxm.ts'
import {type Outgoing, put} from './outgoing.ts'
import {pairOf, pairWriter} from './registers.ts'
import {idField, isVlanWord, readTag, writeTag} from './vlan.ts'

type Match = Flow['match']
/** Puts one field of a match at `at`; answers where it ends. */
type Step = (out: Outgoing, at: number, match: Match) => number
/** How all matches with the same names are written: a step a field, in the order of the wire. */
export type MatchPlan = readonly Step[]

/** A tree of names in the order of the match, so that finding a plan costs one look a name. */
interface Branch {
  readonly next: Map<string, Branch>
  plan?: MatchPlan
}
const mostBranches = 2000
let [root, branches]: [Branch, number] = [{next: new Map()}, 0]

/** The plan for this match. A table of flows has few sets of names, so that it is nearly always there already. */
export function planOf(match: Match): MatchPlan {
  let branch = root
  for (const name of Object.keys(match)) {
    // The protocol's number decides what tp_dst means, so it counts as part of the name.
    const key = protocolNumber.includes(name) ? `${name} ${match[name]}` : name
    branch = branch.next.get(key) ?? grow(branch, key)
  }
  return (branch.plan ??= makePlan(match))
}

function grow(branch: Branch, key: string): Branch {
  branches += 1
  // Full, it forgets all, as remembered() does.
  if (branches > mostBranches) [root, branches] = [{next: new Map()}, 0]
  const grown: Branch = {next: new Map()}
  branch.next.set(key, grown)
  return grown
}

interface Placed {
  readonly place: number
  readonly step: Step
}

function makePlan(match: Match): MatchPlan {
  const protocol = ipProtocolOf(match)
  const placed = Object.keys(match).flatMap((name): readonly Placed[] => {
    if (Object.hasOwn(protocolWords, name)) return wordSteps(name)
    if (rawField.test(name)) return [{place: Number.POSITIVE_INFINITY, step: rawStep(name)}]
    if (isVlanWord(name)) return []
    const field = matchField(name, protocol)
    return pairOf(field) === undefined ? [{place: placeOnWire(field), step: fieldStep(name, field)}] : []
  })
  const all = [...placed, ...tagSteps(Object.keys(match)), ...pairSteps(Object.keys(match), protocol)]
  return all.sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0)).map(({step}) => step)
}

function fieldStep(name: string, field: PacketField): Step {
  // Named as actions name it, its value is said as there: ip_dscp=1 is nw_tos=4.
  const write = writerOf(field, name === field.name && name !== field.inMatch ? 'action' : 'match')
  return (out, at, match) => {
    const text = match[name] ?? ''
    return write(out, at, text, 0, text.length)
  }
}

/** "tcp" is an Ethernet type and an IP protocol, each at its own place. */
function wordSteps(word: string): readonly Placed[] {
  const {etherType, ipProtocol} = protocolWords[word] ?? {}
  const says = Object.entries({eth_type: etherType, nw_proto: ipProtocol})
  return says.flatMap(([name, value]) => {
    const field = fieldByName(name)
    if (field === undefined || value === undefined) return []
    const [write, text] = [writerOf(field, 'match'), String(value)]
    const step: Step = (out, at, match) => {
      if (match[word] !== '') throw unknownField(word)
      return write(out, at, text, 0, text.length)
    }
    return [{place: placeOnWire(field), step}]
  })
}

/** However many words say it, the VLAN's tag is written once. */
function tagSteps(names: readonly string[]): readonly Placed[] {
  if (idField === undefined || !names.some(isVlanWord)) return []
  return [{place: placeOnWire(idField), step: (out, at, match) => writeTag(out, at, readTag(match))}]
}

/** As OpenFlow 1.5 matches registers, and as Open vSwitch sends them: by twos. */
function pairSteps(names: readonly string[], protocol: number | undefined): readonly Placed[] {
  const pairs = new Map<PacketField, {high?: string; low?: string}>()
  for (const name of names) {
    if (Object.hasOwn(protocolWords, name) || rawField.test(name) || isVlanWord(name)) continue
    const found = pairOf(matchField(name, protocol))
    if (found !== undefined) pairs.set(found.pair, {...pairs.get(found.pair), [found.half]: name})
  }
  return [...pairs].map(([pair, {high, low}]) => {
    const write = pairWriter(pair)
    const textOf = (match: Match, name: string | undefined): string | undefined =>
      name === undefined ? undefined : match[name]
    const step: Step = (out, at, match) => write(out, at, textOf(match, high), textOf(match, low))
    return {place: placeOnWire(pair), step}
  })
}

const rawField = /^raw_[0-9a-f]{8}$/u

/** A field that we do not know, as decodeMatch gave it: its header in the name, all else in the text. */
function rawStep(name: string): Step {
  const header = name.slice('raw_'.length)
  return (out, at, match) => put(out, at, Buffer.from(header + match[name], 'hex'))
}

const protocolNumber: readonly string[] = ['nw_proto', 'ip_proto']

function ipProtocolOf(match: Match): number | undefined {
  for (const [name, text] of Object.entries(match)) {
    const protocol = text === '' ? protocolWords[name]?.ipProtocol : undefined
    if (protocol !== undefined) return protocol
    if (protocolNumber.includes(name)) return Number(text)
  }
  return undefined
}

/** What these mean depends on the IP protocol of the match. */
const ofTransport = /^(?:tp|icmp)_/u

function matchField(name: string, protocol: number | undefined): PacketField {
  const prefix = protocol === undefined ? undefined : transportPrefixes[protocol]
  const specific = ofTransport.test(name) ? `${prefix}${name.slice(name.indexOf('_') + 1)}` : name
  const field = fieldByName(specific)
  if (field !== undefined) return field
  if (specific !== name) throw new AntctlError('FLOW_INVALID', `${name} needs its protocol, for example tcp`)
  throw unknownField(name)
}

function unknownField(name: string): AntctlError {
  return new AntctlError('FLOW_INVALID', `${JSON.stringify(name)} is not a field`, {remedy: ['man ovs-fields']})
}
