import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {callCni, serves, withNetns} from '../cni-call.ts'
import {frozen, withFullDisk} from '../frozen.ts'
import {until} from '../node.ts'
import {judged, restartAgent} from '../restarts.ts'
import {type Account, type Ips, isWhole, type Pair, pairOf, underTraffic} from '../stream.ts'
import {differing, snapshot} from '../switch-state.ts'

export function whatHangsRecovers({seconds}: {readonly seconds: number}, ips: () => Ips): void {
  test.each(['antrea-agent', 'ovsdb-server'] as const)(
    `%s hangs for ${seconds} s: established paths lose nothing, then all is as before`,
    async (process) => {
      const account = await disturbed(`${process} stopped for ${seconds} s`, pairOf('same-subnet', ips()), () =>
        frozen('n1', process, seconds),
      )
      expect(isWhole(account)).toBe(true)
    },
  )

  test('no room for files: established paths lose nothing, ADD answers, and works when there is room again', async () => {
    const account = await disturbed('/run full', pairOf('cross-subnet', ips()), () =>
      withNetns('n1', ['full'], async () => {
        await withFullDisk('n1', addAndRestart)
        await until('the agent serves', () => serves('n1'))
        expect(await callCni('n1', 'ADD', 'full')).toMatchObject({ok: true})
        expect(await callCni('n1', 'DEL', 'full')).toMatchObject({ok: true})
      }),
    )
    expect(isWhole(account)).toBe(true)
  })
}

/** Traffic while it happens, judged; afterwards the Node must hold what it held. */
async function disturbed(what: string, pair: Pair, work: () => Promise<void>): Promise<Account> {
  await until('the agent serves', () => serves('n1'))
  const before = await snapshot('n1')
  const {account} = await judged(what, pair, async () => ({account: await underTraffic(pair, work)}))
  const spent = await until('the agent serves', () => serves('n1'))
  console.log(`${what}: serves after another ${spent.toFixed(0)} ms`)
  expect(differing(before, await snapshot('n1'))).toEqual([])
  return account
}

async function addAndRestart(): Promise<void> {
  // A first one may still fit into what the files have.
  const said = new Set<string>()
  for (let turn = 0; turn < 20; turn += 1) {
    for (const command of ['ADD', 'DEL']) {
      const answer = await callCni('n1', command, 'full')
      said.add(`${command} ${answer.ok ? 'done' : `${answer.code} ${answer.msg}`}`)
    }
  }
  console.log(`/run full: ${[...said].join('; ')}`)
  await restartAgent('n1', 'KILL').catch((error: unknown) => console.log(`/run full, restart: ${String(error)}`))
  await sleep(1000)
}
