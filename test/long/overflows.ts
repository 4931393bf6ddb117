import {type NodeName, on} from './node.ts'

/** Packets by Node and device, as "n1 eth1". */
export type Overflows = Readonly<Record<string, number>>

/**
 * Packets that the kernel has dropped so far because Open vSwitch did not fetch them in time: the sockets of its userspace
 * datapath hold some 270 small ones. It is what a machine that is too busy loses. Source: ss(8), `d` of skmem.
 */
export async function socketDrops(nodes: readonly NodeName[]): Promise<Overflows> {
  const lines = await Promise.all(nodes.map(async (node) => ({node, text: await on(node, 'ss', '-0nmHO')})))
  return Object.fromEntries(
    lines.flatMap(({node, text}) => parseSocketDrops(text).map(([to, n]) => [`${node} ${to}`, n])),
  )
}

/** Device and count of each line of `ss -0nmHO`. */
export function parseSocketDrops(text: string): readonly (readonly [device: string, count: number])[] {
  return text.split('\n').flatMap((line) => {
    const [, device, count] = /\*:(\S+)\s.*skmem:\(.*,d(\d+)\)/u.exec(line) ?? []
    return device === undefined ? [] : [[device, Number(count)] as const]
  })
}

export function growth(before: Overflows, after: Overflows): Overflows {
  const grown = Object.entries(after).map(([where, count]) => [where, count - (before[where] ?? 0)] as const)
  return Object.fromEntries(grown.filter(([, count]) => count > 0))
}
