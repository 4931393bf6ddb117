import {names, ofports} from '../../model/names.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import type {Ovsdb} from '../../datapath/ovsdb/connection.ts'
import {tunnelPort} from './tunnel-ports.ts'
import {bridgeDiffers, type BridgeSettings, portDiffers, type PortSettings} from '../../datapath/ovsdb/switch.ts'

/** A bridge with those of its ports that are the Node's own; Pods' ports come and go beside them. */
export interface WantedBridge {
  readonly bridge: BridgeSettings
  readonly ports: readonly PortSettings[]
}

/** br-int as the wiring needs it. Without flows it drops everything (fail_mode secure). */
export function integrationBridge({
  datapath,
  gateway,
  transportMtu,
  tunnels,
}: Pick<NodeWiring, 'datapath' | 'gateway' | 'transportMtu' | 'tunnels'>): WantedBridge {
  return {
    bridge: {
      name: names.integrationBridge,
      datapathType: datapath,
      failMode: 'secure',
      protocols: ['OpenFlow10', 'OpenFlow13', 'OpenFlow15'],
    },
    ports: [
      ...tunnels.map(tunnelPort),
      {
        name: names.gatewayPort,
        type: 'internal',
        ofportRequest: ofports.gateway,
        mac: gateway.mac,
        mtuRequest: transportMtu,
        externalIds: {'antrea-type': 'gateway'},
      },
    ],
  }
}

/** br-phy, which holds the NIC and wears its MAC (userspace datapath). */
export function physicalBridge(nic: {readonly name: string; readonly mac?: string | undefined}): WantedBridge {
  return {
    bridge: {
      name: names.physicalBridge,
      datapathType: 'netdev',
      failMode: 'standalone',
      ...(nic.mac !== undefined && {mac: nic.mac}),
    },
    ports: [{name: nic.name}],
  }
}

/** The names of what the database has otherwise, whoever changed it; from the copy, so that it may be asked often. */
export function foreignChanges(ovsdb: Ovsdb, wanted: readonly WantedBridge[]): readonly string[] {
  return wanted.flatMap(({bridge, ports}) => [
    ...(bridgeDiffers(ovsdb, bridge) ? [bridge.name] : []),
    ...ports.filter((port) => portDiffers(ovsdb, bridge.name, port)).map(({name}) => name),
  ])
}
