import {openNetlink, type Netlink, type Request} from './requests.ts'
import type {Protocol} from './socket.ts'

const sockets = new Map<string, Netlink>()

/** This process's request socket to the kernel of the Node, opened at the first use and kept. */
export function kernel(protocol: Protocol): Netlink {
  return kept(protocol, protocol)
}

let before: Promise<unknown> = Promise.resolve()

/** Requests that keep the kernel busy for milliseconds, one after the other, while this thread goes on. */
export function askAside(requests: readonly Request[]): Promise<void> {
  const done = before.then(() => kept('aside', 'route').performAside(requests))
  before = done.catch(() => undefined)
  return done
}

/** By which ports the kernel names changes that this process asked for. */
export function ownPorts(): ReadonlySet<number> {
  return new Set([...sockets.values()].map(({port}) => port))
}

function kept(name: string, protocol: Protocol): Netlink {
  const open = sockets.get(name) ?? openNetlink(protocol)
  sockets.set(name, open)
  return open
}
