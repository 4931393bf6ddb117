import {AntctlError} from '../../model/errors.ts'
import {type BundlePart, partOf} from './bundle-part.ts'
import {malformed, mustHold, slice} from './codec.ts'
import {decodeCounters} from './counters.ts'
import type {Flow, FlowStats} from './flow.ts'
import {decodeInstructions, writeInstructions} from './instructions.ts'
import {decodeMatch, writeMatch} from './match.ts'
import {bundleAdd, flowDesc, flowMod, header, messageTypes, none} from './messages.ts'
import {type Outgoing, put} from './outgoing.ts'
import {printFlow} from './text.ts'

type FlowCommand = 'add' | 'deleteStrict'

/** What our flow mods never vary: no timeouts, no buffered packet, no filter. Zeros where flows differ. */
const always = {
  cookie: 0n,
  cookieMask: 0n,
  table: 0,
  idleTimeout: 0,
  hardTimeout: 0,
  priority: 0,
  bufferId: none,
  outPort: none,
  outGroup: none,
  flags: 0,
  importance: 0,
} as const
const startOf: Readonly<Record<FlowCommand, Buffer>> = {
  add: flowMod.encode({...always, command: 'add'}),
  deleteStrict: flowMod.encode({...always, command: 'deleteStrict'}),
}

/** Flows for a bundle. */
export function flowPart(flows: readonly Flow[], command: FlowCommand): BundlePart {
  return partOf('flowMod', flows, {
    write: (out, at, flow) => writeFlowMod(out, at, flow, command),
    describe: (flow) => printFlow(flow),
  })
}

/** Puts a FLOW_MOD without its header at `at`, and answers where it ends. Throws FLOW_INVALID. */
function writeFlowMod(out: Outgoing, at: number, flow: Flow, command: FlowCommand): number {
  const {table, priority, cookie} = flow
  if (table >>> 8 !== 0 || priority >>> 16 !== 0) throw outOfRange(flow)
  const match = put(out, at, startOf[command])
  out.view.setBigUint64(at + flowMod.offsets.cookie, cookie)
  out.view.setUint8(at + flowMod.offsets.table, table)
  out.view.setUint16(at + flowMod.offsets.priority, priority)
  const instructions = writeMatch(out, match, flow.match)
  return command === 'add' ? writeInstructions(out, instructions, flow.actions) : instructions
}

function outOfRange({table, priority}: Flow): AntctlError {
  return new AntctlError('FLOW_INVALID', `table ${table} and priority ${priority}: 0 to 255 and 0 to 65535 are there`)
}

/** A FLOW_MOD, or a BUNDLE_ADD with one inside, back into words: what a capture or a refused message holds. */
export function decodeFlowMod(bytes: Buffer): Flow & {readonly command: string} {
  const {type, length} = header.decode(bytes)
  if (type === 'bundleAdd') return decodeFlowMod(bytes.subarray(header.size + bundleAdd.size))
  if (type !== 'flowMod') throw malformed(`message type ${messageTypes[type]} is no flow mod`)
  const whole = slice('flow mod', bytes, 0, length)
  const {table, priority, cookie, command} = flowMod.decode(whole, header.size)
  const {match, next} = decodeMatch(whole, header.size + flowMod.size)
  return {table, priority, cookie, command, match, actions: decodeInstructions(whole.subarray(next))}
}

/** The body of a FLOW_DESC reply: any number of flows. */
export function decodeFlowStats(body: Buffer): FlowStats[] {
  const flows: FlowStats[] = []
  for (let at = 0; at < body.length;) {
    mustHold('flow description', body, at, flowDesc.size)
    const length = body.readUInt16BE(at + flowDesc.offsets.length)
    if (length < flowDesc.size) throw malformed(`a flow description of ${length} bytes`)
    const whole = slice('flow description', body, at, length)
    const table = whole.readUInt8(flowDesc.offsets.table)
    const priority = whole.readUInt16BE(flowDesc.offsets.priority)
    const cookie = whole.readBigUInt64BE(flowDesc.offsets.cookie)
    const {match, next} = decodeMatch(whole, flowDesc.size)
    const {counters, next: instructions} = decodeCounters(whole, next)
    flows.push({table, priority, cookie, match, actions: decodeInstructions(whole.subarray(instructions)), ...counters})
    at += length
  }
  return flows
}
