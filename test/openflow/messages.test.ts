import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {padded, slice} from '../../src/datapath/openflow/codec.ts'
import {decodeCounters} from '../../src/datapath/openflow/counters.ts'
import {decodeEvent} from '../../src/datapath/openflow/events.ts'
import {decodeFlowRemoved} from '../../src/datapath/openflow/flow-removed.ts'
import {
  decodeGroupFeatures,
  decodeGroupMod,
  decodeGroups,
  decodeGroupStats,
  encodeGroupMod,
} from '../../src/datapath/openflow/group-mod.ts'
import {parseGroup, printGroup} from '../../src/datapath/openflow/group-text.ts'
import {header, type MessageType, multipart, tableStats} from '../../src/datapath/openflow/messages.ts'
import {
  decodeMeterFeatures,
  decodeMeterMod,
  decodeMeters,
  decodeMeterStats,
  encodeMeterMod,
} from '../../src/datapath/openflow/meter.ts'
import {niciraMessage} from '../../src/datapath/openflow/nicira.ts'
import {decodePacketIn, decodePacketIn2, decodePacketOut, encodePacketOut} from '../../src/datapath/openflow/packets.ts'
import {decodePorts, decodePortStats, decodePortStatus} from '../../src/datapath/openflow/ports.ts'
import {records, rows} from '../../src/datapath/openflow/records.ts'
import {switchConfig, switchDescription, switchFeatures} from '../../src/datapath/openflow/switch-info.ts'
import {capture} from './capture.ts'
import {acceptedCuts} from './truncation.ts'

// Bytes of real Open vSwitch 3.1: `sh scripts/node.sh test/captures/record.ts` records them anew.

interface Row {
  readonly file: string
  readonly direction: '>' | '<'
  readonly type: MessageType
  decode(body: Buffer): unknown
  /** Bodies that hold one structure after the other, so that a cut between two is only shorter. */
  parts?(body: Buffer): readonly Buffer[]
  /** How much of the end is a packet, which may be of any length. */
  readonly packet?: number
  /** Lengths at which a cut message is whole again, because what follows may be left out. */
  whole?(body: Buffer): readonly number[]
}

const packet = 42
const replies: readonly Row[] = [
  {file: 'groups', decode: decodeGroups, parts: (body: Buffer) => records('group', body, 16)},
  {file: 'group-stats', decode: decodeGroupStats, parts: (body: Buffer) => records('group', body, 16)},
  {file: 'group-features', decode: decodeGroupFeatures},
  {file: 'meters', decode: decodeMeters, parts: (body: Buffer) => records('meter', body, 8)},
  {file: 'meter-stats', decode: decodeMeterStats, parts: (body: Buffer) => records('meter', body, 8, 4)},
  {file: 'meter-features', decode: decodeMeterFeatures},
  {file: 'port-stats', decode: decodePortStats, parts: (body: Buffer) => records('port', body, 8)},
  {file: 'ports', decode: decodePorts, parts: (body: Buffer) => records('port', body, 8, 4)},
  {file: 'aggregate', decode: (body: Buffer) => decodeCounters(body, 0)},
  {file: 'desc', decode: (body: Buffer) => switchDescription.decode(body)},
  {
    file: 'tables',
    decode: (body: Buffer) =>
      rows('tables', body, tableStats.size)
        .map((row) => tableStats.decode(row))
        .slice(0, 2),
    parts: (body: Buffer) => rows('tables', body, tableStats.size),
  },
].map((row) => ({...row, direction: '<' as const, type: 'multipartReply' as const}))

const messages: readonly Row[] = [
  ...replies,
  {file: 'show', direction: '<', type: 'featuresReply', decode: (body) => switchFeatures.decode(body)},
  {file: 'show', direction: '<', type: 'getConfigReply', decode: (body) => switchConfig.decode(body)},
  {file: 'packet-ins', direction: '>', type: 'setConfig', decode: (body) => switchConfig.decode(body)},
  {file: 'group-mods', direction: '>', type: 'groupMod', decode: decodeGroupMod, whole: afterBuckets},
  {
    file: 'meter-mods',
    direction: '>',
    type: 'meterMod',
    decode: decodeMeterMod,
    whole: (body) => (body.length > 8 ? [8] : []),
  },
  {file: 'packet-outs', direction: '>', type: 'packetOut', decode: decodePacketOut, packet},
  {file: 'packet-ins', direction: '<', type: 'packetIn', decode: decodePacketIn, packet},
  {file: 'packet-ins', direction: '<', type: 'portStatus', decode: decodePortStatus},
  {file: 'packet-ins', direction: '<', type: 'flowRemoved', decode: decodeFlowRemoved},
  {
    file: 'packet-ins-2',
    direction: '<',
    type: 'experimenter',
    decode: (body) =>
      decodePacketIn2(slice('Nicira message', body, niciraMessage.size, body.length - niciraMessage.size)),
    whole: (body) => propertyEnds(body, niciraMessage.size),
  },
]

describe.each(messages)(
  '$direction $type of $file',
  ({file, direction, type, decode, parts = (body) => [body], packet: tail = 0, whole}) => {
    const bodies = capture(file, direction)
      .filter((message) => header.decode(message).type === type)
      .map((message) => message.subarray(header.size + (type.startsWith('multipart') ? multipart.size : 0)))

    test('says', async () => {
      expect(bodies.length).toBeGreaterThan(0)
      const said = bodies.map((body) => JSON.stringify(decode(body), readable, 1)).join('\n')
      await expect(`${said}\n`).toMatchFileSnapshot(`../golden/openflow/${file}-${type}.txt`)
    })

    test('cut off anywhere, it is refused with our own error', () => {
      for (const part of bodies.flatMap(parts)) {
        const checked = part.subarray(0, part.length - tail)
        expect(acceptedCuts(checked, decode, 1)).toEqual(whole?.(part) ?? [])
      }
    })
  },
)

test('what is sent is encoded again byte for byte', () => {
  const bodiesOf = (file: string, type: MessageType): Buffer[] =>
    capture(file, '>')
      .filter((message) => header.decode(message).type === type)
      .map((message) => message.subarray(header.size))
  for (const body of bodiesOf('group-mods', 'groupMod')) {
    const {command, group, bucket} = decodeGroupMod(body)
    expect(encodeGroupMod(command, group, bucket).toString('hex')).toBe(body.toString('hex'))
    expect(parseGroup(printGroup(group))).toEqual(group)
  }
  for (const body of bodiesOf('packet-outs', 'packetOut')) {
    expect(encodePacketOut(decodePacketOut(body)).toString('hex')).toBe(body.toString('hex'))
  }
  for (const body of bodiesOf('meter-mods', 'meterMod')) {
    const {command, meter} = decodeMeterMod(body)
    // ovs-ofctl repeats the flags where nothing but the number counts.
    if (command !== 'remove') expect(encodeMeterMod(command, meter).toString('hex')).toBe(body.toString('hex'))
  }
})

test('messages of other makers and kinds are no events', () => {
  const body = Buffer.from('4f4e46000000000100000000', 'hex')
  expect(decodeEvent({version: 6, type: 'experimenter', xid: 0, body})).toBeUndefined()
  expect(decodeEvent({version: 6, type: 'barrierReply', xid: 0, body})).toBeUndefined()
})

test('bytes changed at random are read, or refused with our own error', () => {
  const all = messages.flatMap(({file, direction, type, decode}) =>
    capture(file, direction)
      .filter((one) => header.decode(one).type === type)
      .map((one) => ({decode, body: one.subarray(header.size + (type.startsWith('multipart') ? multipart.size : 0))})),
  )
  fc.assert(
    fc.property(
      fc.constantFrom(...all),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), {minLength: 1, maxLength: 4}),
      ({decode, body}, changes) => {
        const bytes = Buffer.from(body)
        for (const [place, value] of changes) bytes[place % bytes.length] = value
        try {
          decode(bytes)
        } catch (error) {
          expect(error).toMatchObject({name: 'AntctlError'})
        }
      },
    ),
    {numRuns: 3000},
  )
})

/** A group's properties may be left out. */
function afterBuckets(body: Buffer): number[] {
  const end = 16 + body.readUInt16BE(8)
  return end < body.length ? [end] : []
}

/** The packet comes first; nothing after it has to be there. */
function propertyEnds(body: Buffer, start: number): number[] {
  const ends: number[] = []
  for (let at = start; at < body.length; at += padded(body.readUInt16BE(at + 2))) ends.push(at)
  return ends.slice(1)
}

/** Numbers of 64 bits and bytes, which JSON does not have. */
function readable(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (isBufferJson(value)) return Buffer.from(value.data).toString('hex')
  return value
}

function isBufferJson(value: unknown): value is {readonly data: readonly number[]} {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value
}
