import type {ProbeForm} from '../../model/probe.ts'
import type {EndWish, NodeEnd, ProbeEndpoint} from './end.ts'

/** One end for all sessions of a Node: made for the first, aimed at whom each names, and gone with the last. */
export function shareEnd(
  open: () => Promise<NodeEnd>,
): (peers: readonly string[], forms: readonly ProbeForm[]) => Promise<ProbeEndpoint> {
  const wishes = new Set<EndWish>()
  let end: NodeEnd | undefined
  let turn: Promise<unknown> = Promise.resolve()
  /** Whoever comes waits until whoever goes has gone. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = turn.then(work, work)
    turn = done.catch(() => undefined)
    return done
  }
  const leave = async (wish: EndWish) => {
    wishes.delete(wish)
    // Too many peers are no harm: the next one who comes or goes tries it again.
    if (wishes.size > 0) return end?.aim(allOf(wishes)).catch(() => undefined)
    const left = end
    end = undefined
    await left?.[Symbol.asyncDispose]()
  }
  return (peers, forms) =>
    inTurn(async () => {
      const wish = {peers, forms}
      end ??= await open()
      const own = end
      wishes.add(wish)
      try {
        await own.aim(allOf(wishes))
      } catch (error) {
        await leave(wish)
        throw error
      }
      return partOf(own, () => inTurn(() => leave(wish)))
    })
}

function partOf(end: NodeEnd, leave: () => Promise<void>): ProbeEndpoint {
  const orders = new Set<number>()
  const noted = <Work extends {readonly order: number}>(work: Work): Work => {
    orders.add(work.order)
    return work
  }
  const {addresses, deviceMtu} = end
  return {
    addresses,
    deviceMtu,
    mtu: end.podMtu(),
    send: (work) => end.send(noted(work)),
    direct: (work, streams) => end.direct(noted(work), streams),
    account: (order) => end.account(order),
    [Symbol.asyncDispose]: async () => {
      for (const order of orders) end.stop(order)
      await leave()
    },
  }
}

function allOf(wishes: ReadonlySet<EndWish>): EndWish {
  const all = [...wishes]
  return {
    peers: [...new Set(all.flatMap(({peers}) => peers))].toSorted(),
    forms: [...new Set(all.flatMap(({forms}) => forms))],
  }
}
