/**
 * CNI specification 1.1.0, section "Error": 1 version, 2 field, 3 container unknown, 4 environment, 5 I/O, 6 decode,
 * 7 configuration, 11 try again later, 50 not available, 51 not available and wired Pods may be cut off. Our own: 100
 * something failed, 101 no address left, 102 a Pod's network is not as ADD left it.
 */
export class CniError extends Error {
  override readonly name = 'CniError'
  readonly code: number

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
