import {isIpText, parseIp, parseMac} from '../../model/address.ts'
import type {LocalPod} from '../../model/pod.ts'
import type {SwitchPort} from '../../datapath/ovsdb/switch.ts'

/** external_ids of a Pod's port, upstream's names (pkg/agent/interfacestore): OVSDB is the one memory of what is wired. */
export function externalIdsOf(pod: Omit<LocalPod, 'ofport'>): Readonly<Record<string, string>> {
  return {
    'antrea-type': 'container',
    'attached-mac': pod.mac,
    'container-id': pod.containerId,
    'ip-address': pod.ips.join(','),
    'pod-name': pod.name,
    'pod-namespace': pod.namespace,
  }
}

/** The Pod of a port; undefined for a port that is not a Pod's or that we cannot read. */
export function podOfPort({name, ofport, externalIds}: SwitchPort): LocalPod | undefined {
  const pod = externalIds['pod-name']
  const namespace = externalIds['pod-namespace']
  const containerId = externalIds['container-id']
  const mac = externalIds['attached-mac']
  const ips = (externalIds['ip-address'] ?? '').split(',').filter(isIpText)
  if (pod === undefined || namespace === undefined || containerId === undefined || mac === undefined) return undefined
  if (ips.length === 0 || !/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/iu.test(mac)) return undefined
  return {namespace, name: pod, containerId, interfaceName: name, ofport, ips: ips.map(parseIp), mac: parseMac(mac)}
}
