import {AntctlError} from '../../model/errors.ts'
import {KernelNews, type KernelPart} from './kernel-news.ts'
import {dumpLinkMessages} from './links.ts'
import {dumpNeighbourMessages} from './neighbours.ts'
import {kernel, ownPorts} from './netlink/kernel.ts'
import type {Message} from './netlink/message.ts'
import * as nf from './netlink/nf-tables.ts'
import * as rtnetlink from './netlink/rtnetlink.ts'
import {type NetlinkSocket, openNetlinkSocket} from './netlink/socket.ts'
import {leavingLinks, listenToOwnChanges} from './own-changes.ts'
import {KernelRefusal, whenReadable} from './system-calls.ts'

/** Changes that come within this many milliseconds are told once. */
const coalesced = 20
/** Datagrams that are read before others may run. */
const atOnce = 200

/**
 * Tells what of the kernel others changed: not what this process asked for, and of what the kernel did by itself only what
 * matters to us. When messages were lost, every part is told. It does not keep the process from ending.
 */
export function watchKernel(onChange: (part: KernelPart) => void): Disposable {
  using stack = new DisposableStack()
  const news = new KernelNews(leavingLinks)
  const changed = new Set<KernelPart>()
  let timer: NodeJS.Timeout | undefined
  const tell = (parts: Iterable<KernelPart>): void => {
    for (const part of parts) changed.add(part)
    if (changed.size === 0 || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      const now = [...changed]
      changed.clear()
      for (const part of now) onChange(part)
    }, coalesced).unref()
  }
  stack.defer(() => clearTimeout(timer))
  const listen = (channel: Channel): void => {
    const socket = stack.use(openNetlinkSocket(channel.protocol, {blocking: false, receiveBuffer: 8 * 1024 * 1024}))
    for (const group of channel.groups) socket.join(group)
    const hear = ({own}: {readonly own: boolean}): void => {
      const parts = hearAll(socket, channel, (message) => channel.partsOf(news, message))
      if (!own) tell(parts)
    }
    stack.use(whenReadable(socket.fd, () => hear({own: false})))
    stack.use(listenToOwnChanges({hear}))
  }
  channels.forEach(listen)
  // What is there already is no news.
  for (const message of [...dumpLinkMessages(kernel('route')), ...dumpNeighbourMessages(kernel('route'))]) {
    news.ofRoute(message)
  }
  return stack.move()
}

interface Channel {
  readonly protocol: 'route' | 'netfilter'
  readonly groups: readonly number[]
  /** What may have changed when messages were lost. */
  readonly parts: readonly KernelPart[]
  partsOf(news: KernelNews, message: Message): readonly KernelPart[]
}

const channels: readonly Channel[] = [
  {
    protocol: 'route',
    groups: Object.values(rtnetlink.groups),
    parts: ['links', 'settings', 'routes', 'neighbours'],
    partsOf: (news, message) => news.ofRoute(message),
  },
  {
    protocol: 'netfilter',
    groups: [nf.changesGroup],
    parts: ['nft'],
    partsOf: (news, message) => news.ofNetfilter(message),
  },
]

/** Reads what has come; more than that waits for the next turn. */
function hearAll(
  socket: NetlinkSocket,
  {parts}: Channel,
  partsOf: (message: Message) => readonly KernelPart[],
): ReadonlySet<KernelPart> {
  const found = new Set<KernelPart>()
  const own = ownPorts()
  for (let datagrams = 0; datagrams < atOnce; datagrams++) {
    try {
      for (const message of socket.receive()) {
        const changes = partsOf(message)
        if (!own.has(message.port)) for (const part of changes) found.add(part)
      }
    } catch (error) {
      if (error instanceof KernelRefusal && error.errno === 'EAGAIN') break
      // ENOBUFS: the kernel dropped some. A message that we cannot read may be about anything as well.
      for (const part of parts) found.add(part)
      if (!(error instanceof AntctlError)) throw error
    }
  }
  return found
}
