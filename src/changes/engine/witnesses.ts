import {isTrafficMode} from '../../model/traffic-mode.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import {expectedWays} from '../set-mode/expected-classes.ts'
import type {Drive} from './drive.ts'
import {wrongWays} from './verify-node.ts'

/** Of the Nodes that do not change in a step so many are asked for their ways to those that do. */
const most = 32

/** What Nodes that do not change say of their ways to those that do, by pair: what is wrong with it, if anything. */
export type Testimony = ReadonlyMap<string, string | undefined>

/**
 * Nodes that did not change still send to those that did by their own modes. One that could not be proven itself is no
 * witness, and what was wrong before the step is not the step's.
 */
export async function testimony({cluster, journal}: Drive, changed: ReadonlySet<string>): Promise<Testimony> {
  const all = await cluster.agentInfos()
  const ways = expectedWays(all)
  const {nodes} = journal.now()
  const isWitness = (node: string) => !changed.has(node) && (nodes[node]?.state ?? 'verified') === 'verified'
  const witnesses = all.filter((info) => isWitness(nodeOf(info))).slice(0, most)
  const said = await Promise.all(
    witnesses.map(async (info) => {
      const [node, mode = ''] = [nodeOf(info), info.networkInfo.trafficEncapMode]
      // Who does not answer now is heard when its own turn comes.
      const paths = await cluster.observePairs(node).catch(() => undefined)
      if (!isTrafficMode(mode) || paths === undefined) return []
      const wanted = ways(node, mode).filter(({to}) => changed.has(to))
      const wrong = new Map(wrongWays(paths, wanted).map(({to, why}) => [to, `${node}: ${why}`]))
      return wanted.map(({to}) => [`${node} ${to}`, wrong.get(to)] as const)
    }),
  )
  return new Map(said.flat())
}

/** The first way that was right and has become wrong: of one that was not heard before nobody knows since when. */
export function newlyWrong(before: Testimony, now: Testimony): string | undefined {
  return [...now].find(([pair, why]) => why !== undefined && before.has(pair) && before.get(pair) === undefined)?.[1]
}
