import {getSystemErrorMap} from 'node:util'
import koffi from 'koffi'
import {AntctlError, sentenceOf} from '../../model/errors.ts'

const libc = koffi.load(null)

/** As section 2 of the manual has them; below zero never comes back. */
interface SystemCalls {
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, address: Buffer, length: number): number
  getsockname(fd: number, address: Buffer, length: Buffer): number
  setsockopt(fd: number, level: number, option: number, value: Buffer, length: number): number
  sendto(fd: number, bytes: Buffer, length: number, flags: number, to: Buffer, toLength: number): number
  recv(fd: number, bytes: Buffer, length: number, flags: number): number
  recvfrom(fd: number, bytes: Buffer, length: number, flags: number, from: Buffer, fromLength: Buffer): number
  getsockopt(fd: number, level: number, option: number, value: Buffer, length: Buffer): number
  ioctl(fd: number, request: number, argument: Buffer | null): number
  setns(fd: number, kind: number): number
  unshare(kind: number): number
}

/** Flags of socket(2). Source: bits/socket_type.h. */
export const closeOnExec = 0o2000000
export const nonBlocking = 0o4000

/** All on this thread; again when a signal interrupts. Throw KernelRefusal. */
export const calls: SystemCalls = {
  socket: checked('int socket(int, int, int)'),
  bind: checked('int bind(int, void *, uint32_t)'),
  getsockname: checked('int getsockname(int, void *, void *)'),
  setsockopt: checked('int setsockopt(int, int, int, void *, uint32_t)'),
  sendto: checked('intptr_t sendto(int, void *, size_t, int, void *, uint32_t)'),
  recv: checked('intptr_t recv(int, void *, size_t, int)'),
  recvfrom: checked('intptr_t recvfrom(int, void *, size_t, int, void *, void *)'),
  getsockopt: checked('int getsockopt(int, int, int, void *, void *)'),
  ioctl: checked('int ioctl(int, unsigned long, void *)'),
  setns: checked('int setns(int, int)'),
  unshare: checked('int unshare(int)'),
}

const sendtoAside: {async(...args: readonly unknown[]): void} = libc.func(
  'intptr_t sendto(int, void *, size_t, int, void *, uint32_t)',
)

/** sendto(2) on another thread. Both buffers must stay as they are until it is done. */
export function sendAside(fd: number, bytes: Buffer, to: Buffer): Promise<void> {
  const {promise, resolve, reject} = Promise.withResolvers<void>()
  sendtoAside.async(fd, bytes, bytes.length, 0, to, to.length, (error: unknown, sent: number) => {
    if (error === null && sent >= 0) resolve()
    else reject(new AntctlError('MACHINE', `sendto: ${error === null ? 'the kernel took nothing' : sentenceOf(error)}`))
  })
  return promise
}

/** Calls back whenever there is something to read, without keeping the process from ending. Dispose before closing the fd. */
export function whenReadable(fd: number, onReadable: () => void): Disposable {
  const handle = koffi.node.poll(fd, {readable: true}, onReadable)
  handle.unref()
  polled.add(handle)
  return {
    [Symbol.dispose]: () => {
      polled.delete(handle)
      handle.close()
    },
  }
}

/** A handle that nobody holds is collected, and then nothing is heard any more. */
const polled = new Set<object>()

/** Where the bytes stand in memory, for structures that point to others. They must be held until the call is over. */
export function addressOf(bytes: Buffer): bigint {
  return koffi.address(bytes)
}

/** The kernel said no. */
export class KernelRefusal extends AntctlError {
  /** "ENODEV" and so on; "" for a number that has no name. */
  readonly errno: string

  constructor(what: string, errno: number) {
    super('MACHINE', `${what}: ${describeErrno(errno)}`)
    this.errno = nameOfErrno(errno)
  }
}

const errors = getSystemErrorMap()

/** "ENODEV" for 19: errno(3). */
export function nameOfErrno(errno: number): string {
  return errors.get(-errno)?.[0] ?? ''
}

/** "no such device (ENODEV)" for 19. */
function describeErrno(errno: number): string {
  const [name, words] = errors.get(-errno) ?? []
  return name === undefined ? `error ${errno}` : `${words} (${name})`
}

function checked(prototype: string): (...args: readonly unknown[]) => number {
  const perform: (...args: readonly unknown[]) => number = libc.func(prototype)
  const name = /(\w+)\(/u.exec(prototype)?.[1] ?? prototype
  return (...args) => {
    for (;;) {
      const result = perform(...args)
      if (result >= 0) return result
      const errno = koffi.errno()
      if (nameOfErrno(errno) !== 'EINTR') throw new KernelRefusal(name, errno)
    }
  }
}
