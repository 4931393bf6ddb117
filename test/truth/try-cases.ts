import {kubeconfigPath} from '../../lab/lab.ts'
import {askPodInterfaces} from '../../src/cluster/agent-answers.ts'
import {openSession, type Session} from '../../src/cluster/session.ts'
import {liveTraceSources} from '../../src/diagnostics/facts/trace-sources.ts'
import {observePairs} from '../../src/diagnostics/paths/observe-pairs.ts'
import type {PairPath} from '../../src/diagnostics/paths/pair.ts'
import {locate, podFinder} from '../../src/diagnostics/trace/locate.ts'
import {tracePacket} from '../../src/diagnostics/trace/trace-packet.ts'
import type {Trace} from '../../src/model/trace.ts'
import {echoPorts, servicePort} from '../../lab/toolbox-pod.ts'
import {namespace, type TestPod, testPods} from '../e2e/cluster.ts'
import {describeCase, type Mode, nodeOfCase, type TruthCase} from './cases.ts'
import {faults, type Planted} from './faults.ts'
import {pathFault, type Truth, truthOf, verdictFault} from './judge.ts'
import {type Addresses, sendFull, sendSmall, targetOf} from './send.ts'
import {type Sighting, watchNodes, type Wire} from './wire.ts'
import {enterMode, prepareWorld, serviceName} from './world.ts'

export interface Outcome {
  readonly what: string
  readonly truth: Truth
  readonly verdict: string
  /** Absent: both say the same. */
  readonly wrong?: string
  /** What was wrong in earlier tries, and then no more. */
  readonly again?: readonly string[]
}

/** Tries every case on a lab that is up, one after the other; a wrong one is told and the rest goes on. */
export async function* tryCases(cases: readonly TruthCase[]): AsyncGenerator<Outcome> {
  const addresses = await prepareWorld()
  await using wire = await watchNodes(['n1', 'n2', 'n3'])
  let mode: Mode | undefined
  for (const one of cases) {
    if (one.mode !== mode) await enterMode(one.mode)
    mode = one.mode
    // One each, as the command has.
    await using session = await openSession({kubeconfig: kubeconfigPath, signal: new AbortController().signal})
    yield await wrongEachTime(() => tryCase(one, {addresses, wire, session}))
  }
}

/** A machine that is late hides a packet from a capture, a verdict that is wrong stays wrong: it counts when it is so each time. */
async function wrongEachTime(work: () => Promise<Outcome>): Promise<Outcome> {
  const again: string[] = []
  for (;;) {
    const outcome = await work()
    if (outcome.wrong === undefined || again.length === mostTimes - 1) return {...outcome, again}
    again.push(outcome.wrong)
  }
}

const mostTimes = 3

interface World {
  readonly addresses: Addresses
  readonly wire: Wire
  readonly session: Session
}

async function tryCase(one: TruthCase, {addresses, wire, session}: World): Promise<Outcome> {
  const ends = nodeOfCase(one)
  const receiver = 'pod' in one.to ? one.to.pod : one.to.serviceOf
  const fault = faults.find(({kind}) => kind === one.fault)
  await using planted = await fault?.plant({...ends, mode: one.mode, podCidr: podCidrOf(receiver)})
  const mtu = one.mode === 'noEncap' ? 1500 : 1450
  const {small, full} = await watchCase(one, {addresses, wire, mtu}, planted)
  const {trace, path} = await askCase(one, session, planted)
  const devices = await devicesOf(session)
  const truth = truthOf(small, full, {
    ...ends,
    ip: addresses.pods[receiver],
    device: devices(receiver),
    target: targetOf(one, addresses).ip,
    source: 'pod' in one.from ? {ip: addresses.pods[one.from.pod], device: devices(one.from.pod)} : undefined,
    fullSize: mtu,
  })
  const wrong = [verdictFault(trace.verdict, truth, one), pathFault(path?.class, truth, one)].filter(
    (words) => words !== undefined,
  )
  return {
    what: describeCase(one),
    truth,
    verdict: trace.verdict,
    ...(wrong.length > 0 && {wrong: `${wrong.join('; ')}; ${trace.reason}`}),
  }
}

async function watchCase(
  one: TruthCase,
  {addresses, wire, mtu}: Pick<World, 'addresses' | 'wire'> & {readonly mtu: number},
  planted: Planted | undefined,
): Promise<Record<'small' | 'full', readonly Sighting[]>> {
  await using _held = await planted?.hold?.()
  const small = await wire.during(() => sendSmall(one, addresses))
  return {small, full: await wire.during(() => sendFull(one, addresses, mtu))}
}

/** Again, when what was planted went away and came back meanwhile. */
async function askCase(
  one: TruthCase,
  session: Session,
  planted: Planted | undefined,
): Promise<{readonly trace: Trace; readonly path: PairPath | undefined}> {
  const {from} = nodeOfCase(one)
  const receiver = 'pod' in one.to ? one.to.pod : one.to.serviceOf
  for (let tries = 1; ; tries += 1) {
    const began = performance.now()
    const trace = await traceOf(one, session)
    const path = (await observePairs(session, from)).find(({podCidr}) => podCidr === podCidrOf(receiver))
    const stood = (await planted?.stood?.(began)) ?? true
    if (stood || tries === mostTries) return {trace, path}
  }
}

const mostTries = 60

function podCidrOf(pod: TestPod): string {
  return `10.244.${testPods[pod].slice(1)}.0/24`
}

async function traceOf({from, to, protocol}: TruthCase, {infos, roads, cluster}: Session): Promise<Trace> {
  const sources = liveTraceSources(roads, infos, {quiet: false})
  const port = 'pod' in to ? echoPorts : {tcp: servicePort, udp: servicePort}
  const words = {
    source: 'pod' in from ? `${namespace}/${from.pod}` : from.node,
    destination: 'pod' in to ? `${namespace}/${to.pod}` : `${namespace}/${serviceName(to.serviceOf)}`,
    namespace,
    family: 4,
    endpoints: 'first',
    flow: protocol === 'icmp' ? 'icmp' : `${protocol},${protocol}_dst=${port[protocol]}`,
  } as const
  const signal = AbortSignal.timeout(30_000)
  const pods = podFinder(cluster.api, signal)
  return tracePacket(await locate({words, api: cluster.api, pods, sources, signal}), sources)
}

async function devicesOf({roads}: Session): Promise<(pod: TestPod) => string> {
  const ports = (await Promise.all(['n1', 'n2', 'n3'].map((node) => askPodInterfaces(roads, node)))).flat()
  return (pod) => ports.find(({name, podNamespace}) => name === pod && podNamespace === namespace)?.interfaceName ?? ''
}
