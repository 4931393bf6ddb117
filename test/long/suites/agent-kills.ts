import {beforeAll, describe, expect, test} from 'vitest'
import type {Kind} from '../../e2e/cluster.ts'
import {control, judged, killUnderTraffic} from '../restarts.ts'
import type {Random} from '../sizes.ts'
import {type Ips, isWhole, pairOf} from '../stream.ts'

/** Of the agents whose Nodes a packet of this kind of pair meets. */
const nodesOf = {'same-node': ['n1'], 'same-subnet': ['n1', 'n2'], 'cross-subnet': ['n1', 'n3']} as const
/** About what one kill takes, in seconds. */
const perKill = 3

export function agentKills(
  {kinds, times}: {readonly kinds: readonly Kind[]; readonly times: number},
  random: Random,
  ips: () => Ips,
): void {
  const controlSeconds = perKill * times
  describe.each(kinds)('%s', (kind) => {
    beforeAll(async () => {
      await control(pairOf(kind, ips()), controlSeconds)
    })

    test.each(['KILL', 'TERM'] as const)(
      `SIG%s of the agents of both ends, ${times} times, loses nothing`,
      async (signal) => {
        const pair = pairOf(kind, ips())
        const {account} = await judged(`SIG${signal} ${times} times`, pair, async () => {
          const result = await killUnderTraffic(pair, {times, signal, nodes: nodesOf[kind]}, random)
          console.log(`  serves again after ${result.servesAfter.map((ms) => ms.toFixed(0)).join(' ')} ms`)
          return result
        })
        expect(isWhole(account)).toBe(true)
      },
    )
  })
}
