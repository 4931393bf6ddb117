import {execa} from 'execa'
import {join} from 'node:path'
import {kubectl} from '../../lab/kubectl.ts'
import {inside, router, run} from '../../lab/machines.ts'
import {paths} from '../../lab/state.ts'
import {fourNodes} from '../../lab/topologies.ts'
import {type NodeName, on, until} from './node.ts'

/** A process that hangs, and one that is not there. */
export type Away = 'stopped' | 'killed'

/** Takes the API server away while the work goes on; ends when it answers again. */
export async function withoutApiServer(how: Away, work: () => Promise<void>): Promise<void> {
  const server = await run(router, ['pgrep', '-o', '-x', 'kube-apiserver'])
  // It would be started again after a second.
  const keeper = (await run(router, ['ps', '-o', 'ppid=', '-p', server])).trim()
  const kill = (signal: string, pid: string) => run(router, ['kill', `-${signal}`, pid])
  try {
    if (how === 'killed') await kill('STOP', keeper)
    await kill(how === 'killed' ? 'KILL' : 'STOP', server)
    await work()
  } finally {
    await kill('CONT', how === 'killed' ? keeper : server)
    await until('the API server answers', () => kubectl(['get', '--raw', '/readyz']).then((text) => text === 'ok'))
  }
}

/** What a wrong API server says to a LIST of Nodes or of the configuration. */
export type Lists = 'empty' | 'failing'

const port = '6444'

/** New connections of this Node's agent meet an API server that lists so; what the kubelet has open stays. */
export async function withLists(lists: Lists, node: NodeName, work: () => Promise<void>): Promise<void> {
  const certificate = ['apiserver.crt', 'apiserver.key'].map((file) => join(paths.certificates, file))
  const program = [process.execPath, join(import.meta.dirname, 'wrong-api.ts'), port, lists, ...certificate]
  const [command = '', ...rest] = inside(router, program)
  const server = execa(command, rest, {stdin: 'pipe', stdout: 'ignore', stderr: 'inherit', reject: false})
  try {
    await divert(node)
    await work()
  } finally {
    await on(node, 'nft', 'delete', 'table', 'ip', 'diverted')
    server.stdin.end()
    await server
  }
}

async function divert(node: NodeName): Promise<void> {
  const to = fourNodes.apiServer
  await on(node, 'nft', 'add', 'table', 'ip', 'diverted')
  await on(node, 'nft', 'add chain ip diverted output { type nat hook output priority -150; }')
  await on(node, 'nft', `add rule ip diverted output ip daddr ${to} tcp dport 6443 dnat to ${to}:${port}`)
}
