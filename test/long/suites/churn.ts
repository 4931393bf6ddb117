import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {agentSockets, churn, inventory, residentMemory, settledInventory} from '../churn.ts'

const atOnce = 20
/** Milliseconds until an agent without work has given back what a burst took. */
const rest = 20_000

export function podsComeAndGo({count}: {readonly count: number}): void {
  test(`${count} Pods come and go, ${atOnce} at a time, and leave nothing`, async () => {
    // The first ones load code and fill pools.
    await churn('n1', {count: 2 * atOnce, atOnce})
    const [before, sockets, memory] = [await inventory('n1'), await agentSockets('n1'), await residentMemory('n1')]
    const start = performance.now()
    await churn('n1', {count, atOnce})
    const seconds = (performance.now() - start) / 1000
    const after = await settledInventory('n1', before)
    await sleep(rest)
    const grown = await residentMemory('n1')
    console.log(
      `${count} ADD and DEL, ${atOnce} at a time, in ${seconds.toFixed(1)} s; agent's memory ${memory.toFixed(1)} MiB before, ${grown.toFixed(1)} MiB at rest after`,
    )
    expect(after).toEqual(before)
    expect(await agentSockets('n1')).toBeLessThan(sockets + atOnce)
    expect(grown).toBeLessThan(memory * 1.1)
  })
}
