import {AntctlError} from '../../src/model/errors.ts'

/** The lengths to which `bytes` can be cut without `read` saying so with our own error: none is what one wants. */
export function acceptedCuts(bytes: Buffer, read: (cut: Buffer) => unknown, from = 0): number[] {
  return Array.from({length: bytes.length - from}, (_, index) => from + index).filter((length) => {
    try {
      read(bytes.subarray(0, length))
      return true
    } catch (error) {
      return !(error instanceof AntctlError && /^malformed OpenFlow: .+ (?:cut off|bytes)/u.test(error.message))
    }
  })
}
