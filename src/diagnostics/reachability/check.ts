import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {byName} from '../../model/order.ts'
import {execInPod} from '../../cluster/exec.ts'
import type {Session} from '../../cluster/session.ts'
import {fromEachNode} from '../facts/each-node.ts'
import {observePairs} from '../paths/observe-pairs.ts'
import type {PairPath} from '../paths/pair.ts'
import {judgePair, judgeTry, type PairResult, type Try} from './judge.ts'
import {probe, probePodName, sendCommand} from './probe-pods.ts'
import {startProbes} from './with-probes.ts'

export interface ReachabilityOptions {
  readonly image: string
  readonly signal: AbortSignal
  readonly onProgress?: (text: string) => void
}

/** Every ordered pair of the session's Nodes: what its flow and route say, and whether TCP and UDP come through. */
export async function checkReachability(
  session: Session,
  options: ReachabilityOptions,
): Promise<readonly PairResult[]> {
  const {nodes} = session.roads
  const {signal, image, onProgress = () => undefined} = options
  if (nodes.length < 2)
    throw new AntctlError('USAGE', 'there is no pair of Nodes to check', {
      remedy: ['name two Nodes or more with --nodes'],
    })
  onProgress(`starting a probe Pod on ${nodes.length} Nodes`)
  await using probes = await startProbes(session.cluster.api, {nodes, image, signal})
  const {answers, failures} = await fromEachNode(nodes, (node) => observePairs(session, node))
  const paths = [
    ...answers.flatMap(({answer}) => answer),
    ...failures.flatMap(({node, error}) => unknownPaths(node, nodes, error)),
  ]
  onProgress(`trying ${paths.length} ordered pairs, TCP and UDP`)
  const results: PairResult[] = []
  // A Node's pairs come one after another: a small Node must not fail for the load of the check itself.
  await Promise.all(
    nodes.map(async (node) => {
      for (const path of paths.filter(({from}) => from === node)) {
        const ip = probes.addresses.get(path.to)
        const attempt = (protocol: 'tcp' | 'udp') =>
          tryOnce(session, {namespace: probes.namespace, from: node, ip: ip ?? '', protocol, signal})
        const [tcp, udp] = await Promise.all([attempt('tcp'), attempt('udp')])
        results.push(judgePair(path, {tcp, udp}))
      }
    }),
  )
  return results.sort((a, b) => byName(a.from, b.from) || byName(a.to, b.to))
}

interface Attempt {
  readonly namespace: string
  readonly from: string
  readonly ip: string
  readonly protocol: 'tcp' | 'udp'
  readonly signal: AbortSignal
}

async function tryOnce({cluster}: Session, {namespace, from, ip, protocol, signal}: Attempt): Promise<Try> {
  const target = {namespace, pod: probePodName(from), container: probe.container, command: sendCommand(protocol, ip)}
  try {
    return judgeTry(await execInPod(cluster.credentials, target, {signal, timeout: 15_000}))
  } catch (error) {
    signal.throwIfAborted()
    return {ok: false, detail: sentenceOf(error)}
  }
}

/** A silent agent hides how its packets go, not whether they arrive. */
function unknownPaths(from: string, nodes: readonly string[], error: AntctlError): readonly PairPath[] {
  return nodes.filter((to) => to !== from).map((to) => ({from, to, podCidr: '', class: 'unknown', why: error.message}))
}
