import {AntctlError} from '../src/model/errors.ts'
import {router, run} from './machines.ts'
import {nodeNamed} from './topologies.ts'
import type {LabNode, Topology} from './topology.ts'
import {cutRules, healRules} from './wire-rules.ts'

/** What lies between a Node and the others on the transport network, or between two Nodes. */
export type Link = readonly [LabNode] | readonly [LabNode, LabNode]

/** "n1" is the Node's transport cable, "n1:n3" what the two say to each other. */
export function parseLink(text: string, topology: Topology): Link {
  const [a = '', b, ...rest] = text.split(':')
  if (rest.length > 0 || a === b) {
    throw new AntctlError('USAGE', `${JSON.stringify(text)} is no link of the lab`, {remedy: ['write n1, or n1:n3']})
  }
  return b === undefined ? [nodeNamed(topology, a)] : [nodeNamed(topology, a), nodeNamed(topology, b)]
}

/** Pulls the cable (both ends see it), or drops every packet between two Nodes (nobody sees it). */
export async function cutLink([node, other]: Link): Promise<void> {
  if (other === undefined) await setCable(node, 'down')
  else await applyRules(cutRules(node, other))
}

export async function healLink([node, other]: Link): Promise<void> {
  if (other === undefined) await setCable(node, 'up')
  else await applyRules(healRules(node, other))
}

async function setCable({transport}: LabNode, state: 'up' | 'down'): Promise<void> {
  await run(router, ['ip', 'link', 'set', transport.port, state])
}

async function applyRules(lines: readonly string[]): Promise<void> {
  await run(router, ['nft', '-f', '-'], {input: lines.join('\n')})
}
