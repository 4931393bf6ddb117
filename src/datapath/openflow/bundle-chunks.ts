import type {BundlePart} from './bundle-part.ts'
import {bundleAdd, bundleFlags, header, message} from './messages.ts'
import {longestMessage, type Outgoing, outgoing, put, tooLong} from './outgoing.ts'

/** All or nothing, and in the order sent. */
export const wholeBundle = bundleFlags.atomic | bundleFlags.ordered

/** So much is made at once: about a millisecond of work, and less than a socket takes at once. */
const chunkSize = 64 * 1024

/**
 * All messages of a bundle as BUNDLE_ADD, many in one chunk. Two buffers take turns: a chunk's bytes are good until the
 * second chunk after it is asked for. Throws FLOW_INVALID.
 */
export function* chunksOf(
  parts: readonly BundlePart[],
  {bundle, firstXid}: {readonly bundle: number; readonly firstXid: number},
): Generator<Buffer> {
  const buffers: Outgoing[] = []
  let [turn, xid] = [0, firstXid]
  for (const part of parts) {
    const messages = {part, xid, start: startOf(part, bundle)}
    for (let index = 0; index < part.count; turn = 1 - turn) {
      const out = (buffers[turn] ??= outgoing(chunkSize + longestMessage))
      const {next, end} = fill(out, messages, index)
      yield out.bytes.subarray(0, end)
      index = next
    }
    xid += part.count
  }
}

interface Messages {
  readonly part: BundlePart
  /** Of its message 0. */
  readonly xid: number
  /** What stands before each, with zeros where they differ. */
  readonly start: Buffer
}

/** Both headers: of BUNDLE_ADD, and of the message inside of it. */
function startOf({type}: BundlePart, bundle: number): Buffer {
  return message('bundleAdd', 0, bundleAdd.encode({id: bundle, flags: wholeBundle}), message(type, 0))
}
const inside = header.size + bundleAdd.size

/** Puts messages from `index` on until a chunk is full; answers which comes next, and where the last one ends. */
function fill(out: Outgoing, {part, xid, start}: Messages, index: number): {next: number; end: number} {
  let [next, at] = [index, 0]
  try {
    for (; next < part.count && at < chunkSize; next += 1) {
      const end = part.write(out, put(out, at, start), next)
      if (end - at > longestMessage) throw tooLong()
      // Both headers say the same number, as §7.3.9.7 demands.
      putHeader(out, at, end, xid + next)
      putHeader(out, at + inside, end, xid + next)
      at = end
    }
  } catch (error) {
    // Beyond the buffer's end, which leaves room for the longest message.
    throw error instanceof RangeError ? tooLong(error) : error
  }
  return {next, end: at}
}

function putHeader({view}: Outgoing, at: number, end: number, xid: number): void {
  view.setUint16(at + header.offsets.length, end - at)
  view.setUint32(at + header.offsets.xid, xid)
}
