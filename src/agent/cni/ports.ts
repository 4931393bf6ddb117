import {isIpText, parseIp} from '../../model/address.ts'
import {names} from '../../model/names.ts'
import type {Ovsdb} from '../../datapath/ovsdb/connection.ts'
import {bridgeExternalIds, configureAgain, dropPorts, attachPort, portsOf} from '../../datapath/ovsdb/switch.ts'
import type {PodPorts} from './plant.ts'
import {externalIdsOf} from './pods.ts'

const bridge = names.integrationBridge
/** external_ids of br-int: an address just freed must rest after a restart of the agent, too. */
const lastGivenKey = 'antctl-last-ip'

export function podPorts(ovsdb: Ovsdb): PodPorts {
  return {
    all: () => portsOf(ovsdb, bridge),
    lastGiven: () => {
      const text = bridgeExternalIds(ovsdb, bridge)[lastGivenKey] ?? ''
      return isIpText(text) ? parseIp(text) : undefined
    },
    attach: (pod, ofportRequest) =>
      attachPort(ovsdb, bridge, {
        name: pod.interfaceName,
        ...(ofportRequest !== undefined && {ofportRequest}),
        externalIds: externalIdsOf(pod),
        bridgeExternalIds: {[lastGivenKey]: pod.ips[0] ?? ''},
      }),
    tryAgain: () => configureAgain(ovsdb),
    detach: (ports) => dropPorts(ovsdb, bridge, ports),
  }
}
