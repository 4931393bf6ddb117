import type {NodePort} from '../../model/agent-api.ts'
import {names} from '../../model/names.ts'
import {describePod} from '../../model/pod.ts'
import type {PortStats} from '../../datapath/openflow/ports.ts'
import {podOfPort} from '../cni/pods.ts'
import type {Sources} from './endpoints.ts'

/** GET /v1/ports: as `ovs-vsctl show` and `ovs-ofctl dump-ports` say it together. */
export async function ports(sources: Sources): Promise<readonly NodePort[]> {
  const {openflow, ports: inDatabase} = sources.live()
  const counters = new Map((await openflow.portStats()).map((stats) => [stats.ofPort, stats]))
  return inDatabase()
    .map((port): NodePort => {
      const pod = podOfPort(port)
      return {
        name: port.name,
        ofPort: port.ofport,
        bridge: names.integrationBridge,
        type: port.type,
        ...(pod !== undefined && {pod: describePod(pod)}),
        ...(port.mac !== undefined && {mac: port.mac}),
        ...(Object.keys(port.options).length > 0 && {options: port.options}),
        ...(port.error !== undefined && {error: port.error}),
        ...countersOf(counters.get(port.ofport)),
      }
    })
    .toSorted((a, b) => a.ofPort - b.ofPort)
}

const told = ['rxPackets', 'txPackets', 'rxDropped', 'txDropped', 'rxErrors', 'txErrors'] as const

function countersOf(stats: PortStats | undefined): Partial<NodePort> {
  return Object.fromEntries(
    told.flatMap((name) => (stats?.[name] === undefined ? [] : [[name, Number(stats[name])] as const])),
  )
}
