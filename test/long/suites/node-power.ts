import {afterEach, describe, expect, test} from 'vitest'
import type {ChangeOptions} from '../../../src/model/change.ts'
import {backToEncap, modes, startChange} from '../../e2e/change-under-way.ts'
import {antctl, antctlOk, kubectl, lab} from '../../e2e/cluster.ts'
import {until} from '../node.ts'

const all = (mode: string) => Array.from({length: 4}, () => mode).join(' ')
/** The controller takes up to 50 s to miss a kubelet. */
const missed = () => kubectl('wait', '--for=condition=Ready=Unknown', 'node/n4', '--timeout=120s')
const runs = (mode: string) =>
  until(
    `all Nodes run ${mode}, n4 as well, by their flows and routes`,
    async () => {
      if ((await modes()) !== all(mode)) return false
      return (await antctl('check', 'mode', '--expect', mode, '--seconds', '1')).exitCode === 0
    },
    {seconds: 120, pause: 1_000},
  )

/** A Node without power during a change: it has the right mode when it is back. */
export function nodesLosePower(options: readonly ChangeOptions['notReady'][]): void {
  describe('a Node loses its power', () => {
    afterEach(async () => {
      await lab('start', 'n4').catch(() => undefined)
      await kubectl('wait', '--for=condition=Ready', 'node/n4', '--timeout=120s')
      await backToEncap()
    })

    const cases: Readonly<Record<ChangeOptions['notReady'], () => Promise<void>>> = {
      wait: async () => {
        const change = startChange('hybrid', '--soak', '3s')
        await change.isHalfWay()
        await lab('stop', 'n4')
        await change.has('n4 is waited for', ({node, state}) => node === 'n4' && state === 'away')
        await lab('start', 'n4')
        const {exitCode, stderr} = await change.ended
        expect([exitCode, stderr]).toEqual([0, ''])
        expect(change.told.at(-1)).toMatchObject({event: 'ended', state: 'done'})
      },
      skip: async () => {
        await lab('stop', 'n4')
        await missed()
        const page = await antctlOk('set-mode', 'hybrid', '--yes', '--no-preflight', '--not-ready', 'skip')
        expect(page).toContain('All 4 Nodes run hybrid, but for n4')
        await lab('start', 'n4')
      },
      stop: async () => {
        await lab('stop', 'n4')
        await missed()
        const {exitCode, stderr} = await antctl('set-mode', 'hybrid', '--yes', '--no-preflight', '--not-ready', 'stop')
        expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/n4 is not Ready.*--resume.*--undo/su)])
        await lab('start', 'n4')
        await kubectl('wait', '--for=condition=Ready', 'node/n4', '--timeout=120s')
        await antctlOk('set-mode', '--resume')
      },
    }
    test.each(options)(
      '--not-ready %s',
      async (option) => {
        await cases[option]()
        await runs('hybrid')
        expect(await modes()).toBe(all('hybrid'))
      },
      300_000,
    )
  })
}
