import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {byName} from '../../model/order.ts'
import {askEcho} from '../../cluster/agent-answers.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'
import {execInPod} from '../../cluster/exec.ts'
import type {Session} from '../../cluster/session.ts'
import {fromEachNode} from '../facts/each-node.ts'
import {observePairs} from '../paths/observe-pairs.ts'
import type {PairPath} from '../paths/pair.ts'
import {judgeEcho, judgePair, judgeTry, type PairResult, type Tries, type Try} from './judge.ts'
import {probe, probePodName, sendCommand} from './probe-pods.ts'
import {type Probes, startProbes} from './with-probes.ts'

export interface ReachabilityOptions {
  /** undefined: no Pods are started, only the gateways ask each other. */
  readonly image: string | undefined
  readonly signal: AbortSignal
  readonly onProgress?: (text: string) => void
}

/** Every ordered pair of the session's Nodes: what its flow and route say, and whether pings of the gateways, TCP and UDP come through. */
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
  if (image !== undefined) onProgress(`starting a probe Pod on ${nodes.length} Nodes`)
  await using probes = image === undefined ? undefined : await startProbes(session.cluster.api, {nodes, image, signal})
  const {answers, failures} = await fromEachNode(nodes, (node) => observePairs(session, node), signal)
  const paths = [
    ...answers.flatMap(({answer}) => answer),
    ...failures.flatMap(({node, error}) => unknownPaths(node, nodes, error)),
  ]
  onProgress(`trying ${paths.length} ordered pairs`)
  const results: PairResult[] = []
  // A Node's pairs come one after another: a small Node must not fail for the load of the check itself.
  await Promise.all(
    nodes.map(async (node) => {
      for (const path of paths.filter(({from}) => from === node))
        results.push(judgePair(path, await tryPair(session, path, probes, signal)))
    }),
  )
  return results.sort((a, b) => byName(a.from, b.from) || byName(a.to, b.to))
}

async function tryPair(
  session: Session,
  {from, to}: PairPath,
  probes: Probes | undefined,
  signal: AbortSignal,
): Promise<Tries> {
  const gateway = await pingGateway(session, from, to, signal)
  const asked = gateway === undefined ? {} : {gateway}
  if (probes === undefined) return asked
  const attempt = (protocol: 'tcp' | 'udp') =>
    tryOnce(session, {namespace: probes.namespace, from, ip: probes.addresses.get(to) ?? '', protocol, signal})
  const [tcp, udp] = await Promise.all([attempt('tcp'), attempt('udp')])
  return {...asked, tcp, udp}
}

/** undefined: upstream's agents cannot. */
async function pingGateway(
  {infos, roads}: Session,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<Try | undefined> {
  const own = infos.find((info) => nodeOf(info) === from)
  if (own === undefined || !isOurAgent(own)) return undefined
  const full = own.networkInfo.podMTU
  try {
    return judgeEcho(await askEcho(roads, from, to, full === undefined ? [84] : [84, full]))
  } catch (error) {
    signal.throwIfAborted()
    return {ok: false, detail: sentenceOf(error)}
  }
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
