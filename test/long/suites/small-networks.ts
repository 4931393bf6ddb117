import {afterEach, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {isUp, up} from '../../../lab/lab.ts'
import {antctl, lab, startPods} from '../other-lab.ts'
import type {SmallNetwork} from '../small-networks.ts'

const namespace = 'ways'

const trace = v.object({verdict: v.string()})
const report = v.object({
  results: v.array(
    v.object({
      from: v.string(),
      to: v.string(),
      form: v.picklist(['live', 'routed', 'tunnelled']),
      sent: v.number(),
      lost: v.number(),
      mtu: v.number(),
    }),
  ),
  silent: v.array(v.unknown()),
})

/** Each in a lab beside the suite's own, which has the same names and addresses. */
export function smallNetworksWork(networks: readonly SmallNetwork[]): void {
  beforeAll(() => up())
  afterEach(() => lab('down'))

  test.each(networks)(
    '$name: trace-packet names the way, and the probes agree',
    async ({name, mode, ways, forms, mtu = 1450}) => {
      await lab('up', '--topology', name, '--deploy')
      await startPods(namespace, [...new Set(Object.keys(ways).flatMap((way) => way.split(' ')))])
      // Where the underlay lets none through, its own probes would turn it back.
      if (mode !== 'encap') await antctl('set-mode', mode, '--yes', '--no-preflight', '--max-loss', 'report')
      for (const [way, verdict] of Object.entries(ways)) {
        const [from = '', to = ''] = way.split(' ')
        const answer = await antctl(
          'trace-packet',
          '-S',
          `${namespace}/${from}`,
          '-D',
          `${namespace}/${to}`,
          '-o',
          'json',
        )
        expect({way, ...v.parse(trace, JSON.parse(answer))}).toEqual({way, verdict})
      }
      const probes = ['check', 'probes', '--forms', 'live,routed,tunnelled', '--seconds', '1', '-o', 'json']
      const {results, silent} = v.parse(report, JSON.parse(await antctl(...probes)))
      expect(silent).toEqual([])
      for (const {from, to, form, sent, lost, mtu: found} of results) {
        const said = forms[form] ? {lost: 0, mtu} : {lost: sent, mtu: 0}
        expect({lost, mtu: found}, `${from} ${to} ${form}`).toEqual(said)
      }
      expect(isUp()).toBe(true)
    },
    240_000,
  )
}
