import type {AgentInfo} from '../../model/agent-info.ts'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import type {Restarted} from '../../model/restart-event.ts'
import {isOurAgent, nodeOf} from '../../cluster/agent-infos.ts'

export interface RestartPlan {
  readonly version: 1
  readonly what: Restarted
  /** One after the other, in this order. */
  readonly nodes: readonly {readonly node: string; readonly pod: string; readonly localPods: number}[]
  /** What is to be expected meanwhile. */
  readonly outage: string
}

export interface RestartFacts {
  /** Of the Nodes that are to be restarted. */
  readonly infos: readonly AgentInfo[]
  /** Those of them whose agents did not answer. */
  readonly silent: readonly {readonly node: string; readonly error: Error}[]
}

/** docs/figures.md has what was measured. */
const outages: Readonly<Record<Restarted, string>> = {
  agent: 'Open vSwitch and the kernel go on forwarding: no packet is lost. No Pod starts on the Node meanwhile.',
  switch:
    'Pods of the Node reach no other Node, and not each other, while Open vSwitch starts: 2.1 to 2.5 s were measured on the userspace datapath. ' +
    'The kernel’s datapath goes on with the connections that it knows.',
}

/** Throws NOT_AVAILABLE, AGENT_UNREACHABLE and AGENT_MISSING where a restart cannot be asked for. */
export function planRestart({infos, silent}: RestartFacts, what: Restarted): RestartPlan {
  const upstream = infos.filter((info) => !isOurAgent(info))
  if (upstream.length > 0) {
    throw new AntctlError(
      'NOT_AVAILABLE',
      `the agents of ${namesOf(upstream)} are upstream’s, which no restart can be asked of`,
      {
        remedy: upstream.slice(0, 3).map(({podRef}) => `kubectl -n kube-system delete pod ${podRef.name ?? 'POD'}`),
      },
    )
  }
  const [first] = silent
  // A new Pod needs no agent that listens.
  if (first !== undefined && what === 'agent') {
    const others = infos.map(nodeOf).filter((node) => !silent.some((each) => each.node === node))
    throw new AntctlError('AGENT_UNREACHABLE', `${first.node} does not answer: ${sentenceOf(first.error)}`, {
      remedy: [
        ...(others.length > 0 ? [`antctl restart --nodes ${others.join(',')} leaves it out`] : []),
        `antctl restart --ovs --nodes ${first.node} makes its Pod anew, and Open vSwitch with it`,
      ],
      cause: first.error,
    })
  }
  const nodes = infos.map((info) => ({node: nodeOf(info), pod: info.podRef.name ?? '', localPods: info.localPodNum}))
  return {version: 1, what, nodes, outage: outages[what]}
}

function namesOf(infos: readonly AgentInfo[]): string {
  return infos.map(nodeOf).join(', ')
}
