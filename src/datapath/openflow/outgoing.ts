import {AntctlError} from '../../model/errors.ts'

/** Bytes on their way out. Numbers go in through the view: it costs a fraction of what Buffer's own methods cost. */
export interface Outgoing {
  readonly bytes: Buffer
  readonly view: DataView
}

export function outgoing(size: number): Outgoing {
  const bytes = Buffer.allocUnsafeSlow(size)
  return {bytes, view: new DataView(bytes.buffer, bytes.byteOffset, size)}
}

/** Copies `piece` to `at`, and answers where it ends. */
export function put(out: Outgoing, at: number, piece: Uint8Array): number {
  out.bytes.set(piece, at)
  return at + piece.length
}

/** Zeros up to a length that is a multiple of eight, counted from `start`; answers where they end. */
export function putPadding({bytes}: Outgoing, start: number, end: number): number {
  const next = start + ((end - start + 7) & ~7)
  for (let at = end; at < next; at += 1) bytes[at] = 0
  return next
}

/** Header and all: a message's length has 16 bits. */
export const longestMessage = 0xffff

export function tooLong(cause?: unknown): AntctlError {
  return new AntctlError('FLOW_INVALID', `a message of more than ${longestMessage} bytes`, {cause})
}

const scratch: {out?: Outgoing} = {}

/** A copy of what `write` puts, for who wants bytes of their own. Throws FLOW_INVALID. */
export function bytesOf(write: (out: Outgoing) => number): Buffer {
  const out = (scratch.out ??= outgoing(longestMessage))
  try {
    return Buffer.from(out.bytes.subarray(0, write(out)))
  } catch (error) {
    throw error instanceof RangeError ? tooLong(error) : error
  }
}
