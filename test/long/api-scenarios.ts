import {type Account, describeAccount, type Pair, underTraffic} from './stream.ts'
import {type Away, type Lists, withLists, withoutApiServer} from './api-away.ts'
import {callCni, type CniAnswer, makeNetns, removeNetns, serves} from './cni-call.ts'
import {type NodeName, signal, until} from './node.ts'
import {differing, snapshot} from './switch-state.ts'
import {setTimeout as sleep} from 'node:timers/promises'

export interface AwayResult {
  readonly account: Account
  /** ADD and DEL while the agent runs on, and after it was killed without an API server to start with. */
  readonly add: CniAnswer
  readonly del: CniAnswer
  readonly addAfterKill: CniAnswer
  readonly delAfterKill: CniAnswer
  /** Parts of the Node's state that are other than before in the end. */
  readonly differs: readonly string[]
}

/** The API server goes away; a Pod comes and one goes; the agent is killed; again; the API server is back. */
export async function apiServerAway(how: Away, pair: Pair, node: NodeName): Promise<AwayResult> {
  const [first, second, third] = ['away1', 'away2', 'away3'] as const
  for (const container of [first, second, third]) await makeNetns(node, container)
  const answers = new Map<string, CniAnswer>()
  const ask = async (what: string, command: string, container: string) => {
    const start = performance.now()
    const answer = await callCni(node, command, container)
    answers.set(what, answer)
    const said = answer.ok ? 'done' : `${answer.code} ${answer.msg}`
    console.log(`API server ${how}, ${what}: ${said} after ${(performance.now() - start).toFixed(0)} ms`)
  }
  const before = await snapshot(node)
  await ask('ADD before', 'ADD', first)
  const account = await underTraffic(pair, async () => {
    await sleep(500)
    await withoutApiServer(how, async () => {
      await ask('ADD', 'ADD', second)
      await ask('DEL', 'DEL', second)
      await signal(node, 'antrea-agent', 'KILL')
      await until('an agent answers', () => answersAgain(node), {pause: 100})
      await sleep(3000)
      await ask('DEL after kill', 'DEL', first)
      await ask('ADD after kill', 'ADD', third)
    })
    await until('the agent serves', () => serves(node))
    await ask('DEL in the end', 'DEL', third)
    await sleep(500)
  })
  console.log(`${pair.kind}, API server ${how}: ${describeAccount(account)}`)
  for (const container of [first, second, third]) await removeNetns(node, container)
  return {
    account,
    add: answerOf(answers, 'ADD'),
    del: answerOf(answers, 'DEL'),
    addAfterKill: answerOf(answers, 'ADD after kill'),
    delAfterKill: answerOf(answers, 'DEL after kill'),
    differs: differing(before, await snapshot(node)),
  }
}

/** The agent starts with an API server that lists nothing, or fails to; answers what was lost of the Node's state. */
export async function wrongLists(
  lists: Lists,
  pair: Pair,
  node: NodeName,
): Promise<{readonly account: Account; readonly meanwhile: readonly string[]; readonly differs: readonly string[]}> {
  const before = await snapshot(node)
  let meanwhile: readonly string[] = []
  const account = await underTraffic(pair, async () => {
    await sleep(500)
    await withLists(lists, node, async () => {
      await signal(node, 'antrea-agent', 'KILL')
      await until('an agent answers', () => answersAgain(node), {pause: 100})
      await sleep(5000)
      meanwhile = differing(before, await snapshot(node))
    })
    await until('the agent serves', () => serves(node), {seconds: 60})
    await sleep(500)
  })
  console.log(`${pair.kind}, lists ${lists}: ${describeAccount(account)}`)
  return {account, meanwhile, differs: differing(before, await snapshot(node))}
}

/** Any answer of the agent itself, also "not ready"; the program's own says that nobody answered. */
async function answersAgain(node: NodeName): Promise<boolean> {
  const status = await callCni(node, 'STATUS')
  return status.ok || !status.msg.includes('does not answer')
}

function answerOf(answers: ReadonlyMap<string, CniAnswer>, what: string): CniAnswer {
  const answer = answers.get(what)
  if (answer === undefined) throw new Error(`nothing was answered to ${what}`)
  return answer
}
