import {type Account, type Pair, underTraffic} from './stream.ts'
import {type Away, type Lists, withLists, withoutApiServer} from './api-away.ts'
import {callCni, type CniAnswer, serves, withNetns} from './cni-call.ts'
import {type NodeName, signal, until} from './node.ts'
import {differing, snapshot} from './switch-state.ts'
import {setTimeout as sleep} from 'node:timers/promises'

/** ADD and DEL while the agent runs on, and after it was killed without an API server to start with. */
interface Answers {
  readonly add: CniAnswer
  readonly del: CniAnswer
  readonly addAfterKill: CniAnswer
  readonly delAfterKill: CniAnswer
}

export interface AwayResult extends Answers {
  readonly account: Account
  /** Parts of the Node's state that are other than before in the end. */
  readonly differs: readonly string[]
}

type Ask = (what: string, command: string, container: string) => Promise<CniAnswer>
const containers = ['away1', 'away2', 'away3'] as const

/** The API server goes away; a Pod comes and one goes; the agent is killed; again; the API server is back. */
export async function apiServerAway(how: Away, pair: Pair, node: NodeName): Promise<AwayResult> {
  const ask: Ask = async (what, command, container) => {
    const start = performance.now()
    const answer = await callCni(node, command, container)
    const said = answer.ok ? 'done' : `${answer.code} ${answer.msg}`
    console.log(`API server ${how}, ${what}: ${said} after ${(performance.now() - start).toFixed(0)} ms`)
    return answer
  }
  const before = await snapshot(node)
  return withNetns(node, containers, async () => {
    await ask('ADD before', 'ADD', containers[0])
    let answers: Answers | undefined
    const account = await underTraffic(pair, async () => {
      await sleep(500)
      await withoutApiServer(how, async () => {
        answers = await comeAndGo(ask, node)
      })
      await until('the agent serves', () => serves(node))
      await ask('DEL in the end', 'DEL', containers[2])
      await sleep(500)
    })
    if (answers === undefined) throw new Error('nothing was asked')
    return {...answers, account, differs: differing(before, await snapshot(node))}
  })
}

async function comeAndGo(ask: Ask, node: NodeName): Promise<Answers> {
  const [first, second, third] = containers
  const add = await ask('ADD', 'ADD', second)
  const del = await ask('DEL', 'DEL', second)
  await signal(node, 'antrea-agent', 'KILL')
  await until('an agent answers', () => answersAgain(node), {pause: 100})
  await sleep(3000)
  const delAfterKill = await ask('DEL after kill', 'DEL', first)
  const addAfterKill = await ask('ADD after kill', 'ADD', third)
  return {add, del, addAfterKill, delAfterKill}
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
  return {account, meanwhile, differs: differing(before, await snapshot(node))}
}

/** Any answer of the agent itself, also "not ready"; the program's own says that nobody answered. */
async function answersAgain(node: NodeName): Promise<boolean> {
  const status = await callCni(node, 'STATUS')
  return status.ok || !status.msg.includes('does not answer')
}
