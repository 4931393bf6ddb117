import {setTimeout as sleep} from 'node:timers/promises'
import {goSlower} from './pace.ts'
import type {Random} from './sizes.ts'
import {type Account, byMachine, describeAccount, isWhole, type Pair, underTraffic} from './stream.ts'
import {serves} from './cni-call.ts'
import {untilJudged} from './judge.ts'
import {type NodeName, on, type Signal, signal, until} from './node.ts'

/** Kills the agent's process; answers the milliseconds until its successor serves CNI. */
export async function restartAgent(node: NodeName, name: Signal): Promise<number> {
  const start = performance.now()
  const former = await signal(node, 'antrea-agent', name)
  await until('the former agent is gone', async () => !(await exists(node, former)))
  await until('the agent serves again', () => serves(node), {pause: 50})
  return performance.now() - start
}

export interface Kills {
  readonly times: number
  readonly signal: Signal
  /** Killed in turns: both ends of the pair. */
  readonly nodes: readonly NodeName[]
}

/** Kills agents under traffic, at random moments of the second after they serve again. */
export async function killUnderTraffic(
  pair: Pair,
  {times, signal, nodes}: Kills,
  random: Random,
): Promise<{readonly account: Account; readonly servesAfter: readonly number[]}> {
  const servesAfter: number[] = []
  const account = await underTraffic(pair, async () => {
    await sleep(500)
    for (let kill = 0; kill < times; kill += 1) {
      servesAfter.push(await restartAgent(nodes[kill % nodes.length] ?? 'n1', signal))
      await sleep(200 + 800 * random())
    }
    await sleep(500)
  })
  return {account, servesAfter}
}

/** The same pair for the same time with nobody killed. What is lost then makes all go slower. */
export async function control(pair: Pair, seconds: number): Promise<Account> {
  const account = await underTraffic(pair, () => sleep(seconds * 1000))
  console.log(`${pair.kind}, control of ${seconds.toFixed(0)} s: ${describeAccount(account)}`)
  if (!isWhole(account)) goSlower()
  return account
}

/** Runs again while the machine may have lost the packets, not the agent. */
export async function judged<T extends {readonly account: Account}>(
  what: string,
  pair: Pair,
  run: () => Promise<T>,
): Promise<T> {
  return untilJudged(`${pair.kind}, ${what}`, run, {
    isWhole: ({account}) => isWhole(account),
    describe: ({account}) => describeAccount(account),
    byMachine: ({account}) => byMachine(account),
    control: async (seconds) => isWhole(await control(pair, seconds)),
  })
}

async function exists(node: NodeName, pid: string): Promise<boolean> {
  return on(node, 'test', '-d', `/proc/${pid}`).then(
    () => true,
    () => false,
  )
}
