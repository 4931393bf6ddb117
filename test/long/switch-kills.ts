import {describeAccount, type Pair, underTraffic, type Account} from './stream.ts'
import {serves} from './cni-call.ts'
import {type NodeName, type Process, signal, until} from './node.ts'
import {differing, type Snapshot, snapshot} from './switch-state.ts'
import {setTimeout as sleep} from 'node:timers/promises'

export interface SwitchKill {
  readonly account: Account
  /** Longest time without an answered packet in the 1 kHz stream, in milliseconds. */
  readonly gap: number
  readonly before: Snapshot
  readonly after: Snapshot
}

/** Kills a process of Open vSwitch under traffic; ends when the Node again holds all that it held, or after 20 s. */
export async function killSwitch(
  pair: Pair,
  node: NodeName,
  process: Extract<Process, 'ovs-vswitchd' | 'ovsdb-server'>,
): Promise<SwitchKill> {
  await until('the agent serves', () => serves(node))
  const before = await snapshot(node)
  let after: Snapshot = {}
  const account = await underTraffic(pair, async () => {
    await sleep(1000)
    await signal(node, process, 'KILL')
    await sleep(2000)
    await until(
      'all is back',
      async () => {
        after = await snapshot(node)
        return (await serves(node)) && differing(before, after).length === 0
      },
      {pause: 200, seconds: 20},
    ).catch(() => undefined)
    await sleep(500)
  })
  console.log(`${pair.kind}, SIGKILL of ${process} on ${node}: ${describeAccount(account)}`)
  return {account, gap: account.udp.longestGapMs, before, after}
}
