import {expect, test} from 'vitest'
import type {Away, Lists} from '../api-away.ts'
import {apiServerAway, wrongLists} from '../api-scenarios.ts'
import {judged} from '../restarts.ts'
import {type Ips, isWhole, pairOf} from '../stream.ts'

export function apiServerIsAway(
  {aways, lists}: {readonly aways: readonly Away[]; readonly lists: readonly Lists[]},
  ips: () => Ips,
): void {
  test.each(aways)(
    'API server %s: Pods forward, DEL works, ADD answers clearly, also after a kill of the agent',
    async (how) => {
      const pair = pairOf('cross-subnet', ips())
      const {account, add, del, addAfterKill, delAfterKill, differs} = await judged(`API server ${how}`, pair, () =>
        apiServerAway(how, pair, 'n1'),
      )
      expect(isWhole(account)).toBe(true)
      expect([del, delAfterKill]).toMatchObject([{ok: true}, {ok: true}])
      const refused = [add, addAfterKill].filter(({ok}) => !ok)
      expect(refused).toMatchObject(refused.map(() => ({code: 11, msg: expect.stringMatching(/API server/u)})))
      expect(differs).toEqual([])
    },
  )

  test.each(lists)('a first LIST that is %s takes nothing away', async (list) => {
    const pair = pairOf('cross-subnet', ips())
    const {account, meanwhile, differs} = await judged(`lists ${list}`, pair, () => wrongLists(list, pair, 'n1'))
    expect(isWhole(account)).toBe(true)
    expect({meanwhile, differs}).toEqual({meanwhile: [], differs: []})
  })
}
