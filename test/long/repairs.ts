import type {ForeignChange} from './foreign.ts'
import {type NodeName, signal, until} from './node.ts'
import {differing, type Snapshot, snapshot} from './switch-state.ts'

/**
 * Does it to a Node that is as it should be and waits until all that it spoils is again; answers the milliseconds, Infinity
 * when ten seconds were not enough. The agent is held meanwhile: a repair may be too fast for anybody to see the damage.
 */
export async function repairedAfter(
  node: NodeName,
  {what, spoils, spoil}: ForeignChange,
  whole: Snapshot,
): Promise<number> {
  const wanted: Snapshot = Object.fromEntries(spoils.map((part) => [part, whole[part]]))
  let differs: readonly string[] = []
  const isWhole = async () => {
    differs = differing(wanted, await snapshot(node, spoils))
    return differs.length === 0
  }
  // What an earlier change left broken is not to count for this one; a minute later everything is compared.
  await until(`${node} is whole before: ${what}`, isWhole, {seconds: 75, pause: 500})
  const damage = await whileStopped(node, async () => {
    await spoil(node)
    return differing(wanted, await snapshot(node, spoils))
  })
  if (damage.length === 0) throw new Error(`${what}: did no damage`)
  const start = performance.now()
  const spent = await until(`${what} is repaired`, isWhole, {seconds: 10, pause: 10}).then(
    () => performance.now() - start,
    () => Infinity,
  )
  console.log(
    `${what}: ${spent === Infinity ? `not repaired: ${differs.join(', ')}` : `repaired after ${spent.toFixed(0)} ms`}`,
  )
  return spent
}

async function whileStopped<T>(node: NodeName, work: () => Promise<T>): Promise<T> {
  await signal(node, 'antrea-agent', 'STOP')
  try {
    return await work()
  } finally {
    await signal(node, 'antrea-agent', 'CONT')
  }
}
