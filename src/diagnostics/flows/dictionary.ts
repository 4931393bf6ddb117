import type {AgentInfo} from '../../model/agent-info.ts'
import type {NodeFlows, OvsPort, Peer, PodInterface} from '../../model/agent-api.ts'
import {gatewayOf} from '../../model/address.ts'
import {names} from '../../model/names.ts'
import {nodeOf} from '../../cluster/agent-infos.ts'
import {tableName} from '../../datapath/pipeline/tables.ts'
import {safeCidr} from './safe-cidr.ts'

/** What the numbers and addresses in the flows of one Node stand for, in an operator's words. */
export interface Dictionary {
  /** "web-55dd3b (default/web)" for 3 or "web-55dd3b". */
  port(numberOrName: string): string | undefined
  /** "default/web", "Pods of n2", "transport of n2", "antrea-gw0 of n1". */
  address(text: string): string | undefined
  mac(text: string): string | undefined
  table(numberOrName: string): string
}

interface Known {
  readonly ports: readonly (OvsPort & {readonly pod?: string | undefined})[]
  readonly pods: readonly {readonly pod: string; readonly ips: readonly string[]; readonly mac: string}[]
  readonly peers: readonly Peer[]
  readonly gateway?: NodeFlows['gateway']
}

/** Of our agents: they tell it with the flows. */
export function dictionaryOf(known: NodeFlows, infos: readonly AgentInfo[]): Dictionary {
  return openDictionary(known, infos, tableName)
}

/** Of upstream's: from the Pods' interfaces; tables are told by name, and the other ports are always the same. */
export function upstreamDictionary(interfaces: readonly PodInterface[], infos: readonly AgentInfo[]): Dictionary {
  const pods = interfaces.map((one) => ({...one, pod: `${one.podNamespace}/${one.name}`}))
  const ports = pods.map(({interfaceName: name, ofPort, pod}) => ({name, ofPort, pod}))
  return openDictionary({ports, pods, peers: []}, infos, String)
}

function openDictionary(
  {ports, pods, peers, gateway}: Known,
  infos: readonly AgentInfo[],
  nameOf: (id: number) => string,
): Dictionary {
  const portWords = new Map(
    ports.flatMap(({name, ofPort, pod}) => {
      const words = pod === undefined ? name : `${name} (${pod})`
      return [[String(ofPort), words] as const, [name, words] as const]
    }),
  )
  // The Node's own device has no row of its own, and a number that every OpenFlow switch gives it.
  portWords.set('LOCAL', names.integrationBridge)
  const addresses = new Map([
    ...infos.flatMap(addressesOfNode),
    ...peers.flatMap(({name, podCidr, transportIp}) => addressesOfPeer(name, podCidr, transportIp)),
    ...pods.flatMap(({pod, ips}) => ips.map((ip) => [ip, pod] as const)),
  ])
  const macs = new Map(pods.map(({pod, mac}) => [mac.toLowerCase(), pod]))
  macs.set(names.virtualMac, 'any gateway')
  if (gateway !== undefined) macs.set(gateway.mac.toLowerCase(), names.gatewayPort)
  return {
    port: (text) => portWords.get(text.replaceAll('"', '')),
    address: (text) => addresses.get(text),
    mac: (text) => macs.get(text.toLowerCase()),
    table: (text) => (/^\d+$/u.test(text) ? nameOf(Number(text)) : text),
  }
}

function addressesOfNode(info: AgentInfo): readonly (readonly [string, string])[] {
  const {transportInterfaceIPs = []} = info.networkInfo
  const transport = transportInterfaceIPs[0]?.split('/')[0]
  return info.nodeSubnets.flatMap((podCidr) => addressesOfPeer(nodeOf(info), podCidr, transport))
}

function addressesOfPeer(node: string, podCidr: string, transportIp?: string): readonly (readonly [string, string])[] {
  const cidr = safeCidr(podCidr)
  return [
    [podCidr, `Pods of ${node}`],
    ...(cidr === undefined ? [] : [[gatewayOf(cidr), `${names.gatewayPort} of ${node}`] as const]),
    ...(transportIp === undefined ? [] : [[transportIp, `transport of ${node}`] as const]),
  ]
}
