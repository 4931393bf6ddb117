import {expect, test} from 'vitest'
import {openResolution} from '../../src/diagnostics/probes/resolution.ts'

function windowOf(milliseconds: number, ...sent: readonly number[]) {
  const pairs = sent.map((packets, at) => ({
    from: 'n1',
    to: `n${at}`,
    form: 'live' as const,
    sent: packets,
    lost: 0,
    longestGap: 0,
  }))
  return {milliseconds, pairs}
}
const seconds = (...packets: readonly number[]) => packets.map((sent) => windowOf(1_000, sent, sent, sent))

test.each([
  ['as planned', seconds(100, 98, 101), [10, 10, 10]],
  ['one pair sent less for a moment', [windowOf(2_000, 200, 200, 3)], [10]],
  [
    'the agents have another session as large, and then no more',
    seconds(50, 51, 50, 100, 100, 100, 100, 100),
    [10, 20, 20, 16, 16, 10, 10, 10],
  ],
  ['a window ended late, the next one early', [windowOf(1_600, 100), windowOf(400, 100)], [10, 10]],
  ['the windows are too short to say', [windowOf(40, 1), windowOf(40, 1)], [10, 10]],
  ['nothing was sent', [windowOf(3_000)], [10]],
])('%s', (_what, windows, resolutions) => {
  const resolution = openResolution(10)
  expect(windows.map(resolution)).toEqual(resolutions)
})
