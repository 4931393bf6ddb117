import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {agentConf, backToEncap, configuration, writeAgentConf} from '../../e2e/change-under-way.ts'
import {antctlOk, apply, kubectl} from '../../e2e/cluster.ts'
import {killedAtWrite} from '../killed-changes.ts'

/** Which of so many writes the process is killed at. */
export type Chosen = (writes: number) => readonly number[]

/** Milliseconds, on a machine that others use as well: each kill takes some 20 s, most of it the dead driver's Lease. */
const longest = 1_800_000

/** The process that carries a change out is killed at writes of its journal; all that it left must go on, and back. */
export function changesSurviveKills(chosen: Chosen): void {
  describe('the process is killed when the API server has its journal', () => {
    let before = ''
    let text = ''
    let [forward, back]: [number, number] = [0, 0]

    beforeAll(async () => {
      await backToEncap()
      text = await agentConf()
      await writeAgentConf(`# "as it is"   \n${text}\n\n# ours\n`)
      const own = {metadata: {name: 'n2', labels: {team: 'b'}}, spec: {agent: {logVerbosity: 1}}}
      await apply({apiVersion: 'crd.antrea.io/v1alpha1', kind: 'AntreaNodeConfig', ...own})
      before = await configuration()
      forward = await killedAtWrite(undefined, 'hybrid')
      back = await killedAtWrite(undefined, '--undo')
      console.log(`a change writes its journal ${forward} times, its undo ${back} times`)
      expect(await configuration()).toBe(before)
    })
    afterAll(async () => {
      await backToEncap()
      await kubectl('delete', 'antreanodeconfig', 'n2', '--ignore-not-found')
      await writeAgentConf(text)
    })

    /** The state that the record is in. */
    const state = async () => /"state":"(\w+)"/u.exec(await antctlOk('set-mode', '--status', '-o', 'json'))?.[1] ?? ''
    /** The writes after which not all was as before in the end. */
    const each = async (writes: number, work: (nth: number) => Promise<void>): Promise<readonly number[]> => {
      const differing: number[] = []
      for (const nth of chosen(writes)) {
        console.log(`killed at write ${nth} of ${writes}`)
        await work(nth)
        if ((await configuration()) !== before) differing.push(nth)
      }
      return differing
    }

    test(
      'resumed it ends, and undone all is as before',
      async () => {
        const differing = await each(forward, async (nth) => {
          await killedAtWrite(nth, 'hybrid')
          if ((await state()) !== 'done') {
            const start = performance.now()
            expect(await antctlOk('set-mode', '--resume')).toContain('All 4 Nodes run hybrid.')
            console.log(`--resume took ${((performance.now() - start) / 1_000).toFixed(1)} s`)
          }
          await antctlOk('set-mode', '--undo', '--yes', '--no-preflight')
        })
        expect(differing).toEqual([])
      },
      longest,
    )

    test(
      'undone at once all is as before',
      async () => {
        const differing = await each(forward, async (nth) => {
          await killedAtWrite(nth, 'hybrid')
          await antctlOk('set-mode', '--undo', '--yes', '--no-preflight')
        })
        expect(differing).toEqual([])
      },
      longest,
    )

    test(
      'killed on its way back: undone again, or resumed, all is as before',
      async () => {
        const differing = await each(back, async (nth) => {
          await antctlOk('set-mode', 'hybrid', '--yes', '--no-preflight')
          await killedAtWrite(nth, '--undo')
          if ((await state()) !== 'undone') await antctlOk('set-mode', nth % 2 === 0 ? '--resume' : '--undo', '--yes')
        })
        expect(differing).toEqual([])
      },
      longest,
    )
  })
}
