import {setTimeout as sleep} from 'node:timers/promises'
import {describe, expect, test} from 'vitest'
import {type Kind, kubectl, namespace} from '../../e2e/cluster.ts'
import {type Ips, pairOf} from '../stream.ts'
import {killSwitch} from '../switch-kills.ts'

/** Milliseconds until packets pass again. */
const mustForwardWithin = 2500
/** Milliseconds between two kills: more than a few within a minute are a crash loop, which is slowed down on purpose. */
const untilForgotten = 20_000

export function switchKills(
  {kinds, times}: {readonly kinds: readonly Kind[]; readonly times: number},
  ips: () => Ips,
): void {
  describe.each(kinds)('%s', (kind) => {
    test.each(['ovs-vswitchd', 'ovsdb-server'] as const)(
      `SIGKILL of %s, ${times} times: forwards within 2.5 s, and all is as it was`,
      async (process) => {
        const restarts = await podRestarts()
        const gaps: number[] = []
        for (let kill = 0; kill < times; kill += 1) {
          if (kill > 0) await sleep(untilForgotten)
          const {gap, before, after} = await killSwitch(pairOf(kind, ips()), 'n1', process)
          gaps.push(gap)
          expect(after).toEqual(before)
        }
        console.log(`${kind}, SIGKILL of ${process}: gaps of ${gaps.map((ms) => ms.toFixed(0)).join(' ')} ms`)
        expect(Math.max(...gaps)).toBeLessThan(mustForwardWithin)
        expect(await podRestarts()).toBe(restarts)
      },
    )
  })
}

function podRestarts(): Promise<string> {
  const counts = '{range .items[*]}{.metadata.uid} {.status.containerStatuses[*].restartCount}{"\\n"}{end}'
  return kubectl('-n', namespace, 'get', 'pods', '-o', `jsonpath=${counts}`)
}
