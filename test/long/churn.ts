import {callCni, withNetns} from './cni-call.ts'
import {type NodeName, on, pidOf, until} from './node.ts'
import {snapshot, type Snapshot, vsctl} from './switch-state.ts'

/** What a Pod that came and went may leave behind. */
export interface Inventory {
  readonly state: Snapshot
  readonly links: number
  readonly namespaces: number
  readonly addresses: number
  /** How many of each kind, a line each; without sockets, because connections and probes of the kubelet come and go. */
  readonly agentDescriptors: string
  readonly switchDescriptors: string
}

/** Adds and deletes that many Pods of containerd's kind, so many at a time; throws with the first refusal. */
export async function churn(
  node: NodeName,
  {count, atOnce}: {readonly count: number; readonly atOnce: number},
): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let number = (next += 1); number <= count; number = next += 1) await comeAndGo(node, `churn${number}`)
  }
  await Promise.all(Array.from({length: atOnce}, worker))
}

export async function inventory(node: NodeName): Promise<Inventory> {
  const count = async (...command: readonly string[]) =>
    (await on(node, ...command)).split('\n').filter((line) => line !== '').length
  const [agent, vswitchd] = [await pidOf(node, 'antrea-agent'), await pidOf(node, 'ovs-vswitchd')]
  return {
    state: await snapshot(node),
    links: await count('ip', '-o', 'link'),
    namespaces: await count('ls', '/run/netns'),
    addresses: (await vsctl(node, '--columns=external_ids', 'list', 'Port')).split('ip-address').length - 1,
    agentDescriptors: await descriptors(node, agent),
    switchDescriptors: await descriptors(node, vswitchd),
  }
}

async function descriptors(node: NodeName, pid: string | undefined): Promise<string> {
  const others = (await openFiles(node, pid)).filter((link) => !link.startsWith('socket:'))
  const kinds = Map.groupBy(others.toSorted(), (link) => link.replaceAll(/\d+/gu, 'N'))
  return [...kinds].map(([kind, of]) => `${of.length} ${kind}`).join('\n')
}

/** The inventory as soon as it equals the one before, or as it is after ten seconds: closing takes a moment. */
export async function settledInventory(node: NodeName, before: Inventory): Promise<Inventory> {
  let now = await inventory(node)
  const same = async () => {
    now = await inventory(node)
    return JSON.stringify(now) === JSON.stringify(before)
  }
  await until('the inventory is as before', same, {seconds: 10, pause: 500}).catch(() => undefined)
  return now
}

/** Sockets that the agent has open. */
export async function agentSockets(node: NodeName): Promise<number> {
  const links = await openFiles(node, await pidOf(node, 'antrea-agent'))
  return links.filter((link) => link.startsWith('socket:')).length
}

async function openFiles(node: NodeName, pid: string | undefined): Promise<readonly string[]> {
  return (await on(node, 'find', `/proc/${pid}/fd`, '-type', 'l', '-printf', String.raw`%l\n`)).split('\n')
}

/** Resident memory of the agent in MiB. */
export async function residentMemory(node: NodeName): Promise<number> {
  const status = await on(node, 'cat', `/proc/${await pidOf(node, 'antrea-agent')}/status`)
  return Number(/VmRSS:\s+(\d+)/u.exec(status)?.[1]) / 1024
}

function comeAndGo(node: NodeName, container: string): Promise<void> {
  return withNetns(node, [container], async () => {
    await mustSucceed(node, 'ADD', container)
    await mustSucceed(node, 'DEL', container)
  })
}

async function mustSucceed(node: NodeName, command: string, container: string): Promise<void> {
  const answer = await callCni(node, command, container)
  if (!answer.ok) throw new Error(`${command} of ${container}: ${answer.code} ${answer.msg}`)
}
