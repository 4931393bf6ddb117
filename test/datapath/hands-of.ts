import {createInterface} from 'node:readline'
import {execa} from 'execa'
import * as v from 'valibot'
import type {NodeNetwork} from '../../src/model/node-network.ts'
import {testProgram} from './programs.ts'
import {inside, networkOf, type NodeSpec} from './underlay.ts'

const answerSchema = v.union([v.object({done: v.array(v.string())}), v.object({failed: v.string()})])

export interface Hands extends AsyncDisposable {
  /** Makes the Node so, and tells the lines of the plan. */
  readonly become: (change: Pick<NodeNetwork, 'mode'> & Partial<NodeNetwork>) => Promise<readonly string[]>
  /** What was repaired so far. */
  readonly events: () => Promise<readonly string[]>
  /** What is not as it should be. */
  readonly drift: () => Promise<readonly string[]>
}

/** hands.ts as a process in the Node's namespace: its machine is then that Node. */
export function startHands(node: NodeSpec, runDir: string, ...args: readonly '--watch'[]): Hands {
  const program = [testProgram('datapath/hands'), ...args]
  const child = execa('ip', inside(node.name, process.execPath, program), {env: {OVS_RUNDIR: runDir}, reject: false})
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]()
  const ask = async (line: string): Promise<readonly string[]> => {
    child.stdin.write(`${line}\n`)
    const {value} = await lines.next()
    if (value === undefined) throw new Error(`the hands of ${node.name} ended: ${(await child).stderr}`)
    const answer = v.parse(answerSchema, JSON.parse(value))
    if ('failed' in answer) throw new Error(answer.failed)
    return answer.done
  }
  return {
    become: (change) => ask(JSON.stringify(networkOf(node, change))),
    events: () => ask('events'),
    drift: () => ask('drift'),
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await child
    },
  }
}
