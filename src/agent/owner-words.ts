import type {Deviation} from '../model/agent-api.ts'
import type {NodeNetwork} from '../model/node-network.ts'
import {describePod} from '../model/pod.ts'

const parts: Readonly<Record<string, string>> = {
  base: 'every Node',
  gateway: "this Node's gateway",
  tunnel: 'the tunnel',
  mode: 'the mode',
  nobody: 'nobody',
}

/** The deviation with its owner ("pod/10.244.1.5", "peer/10.244.2.0/24") in the words of an operator. */
export function withOwnerInWords(deviation: Deviation, network: NodeNetwork): Deviation {
  const owners = deviation.owner.split(', ').map((owner) => ownerInWords(owner, network))
  return {...deviation, owner: owners.join(', ')}
}

export function ownerInWords(owner: string, {peers, pods}: Pick<NodeNetwork, 'peers' | 'pods'>): string {
  const [kind, address] = [owner.slice(0, owner.indexOf('/')), owner.slice(owner.indexOf('/') + 1)]
  switch (kind) {
    case 'pod': {
      const pod = pods.find(({ips, interfaceName}) => interfaceName === address || ips.some((ip) => ip === address))
      return pod === undefined ? `a Pod that is gone (${address})` : `Pod ${describePod(pod)}`
    }
    case 'peer': {
      const peer = peers.find(({podCidr}) => podCidr === address || podCidr.startsWith(`${address}/`))
      return peer === undefined ? `a Node that is gone (${address})` : `Node ${peer.name} (${peer.podCidr})`
    }
    case 'tunnel': {
      const peer = peers.find(({transportIp}) => transportIp === address)
      return peer === undefined ? `a Node that is gone (${address})` : `Node ${peer.name} (${peer.transportIp})`
    }
    default:
      return parts[owner] ?? owner
  }
}
