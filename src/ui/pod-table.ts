import type {PodInterface} from '../model/agent-api.ts'
import type {Column} from './table.ts'

export interface PodInterfaceRow extends PodInterface {
  readonly node: string
}

export const podInterfaceColumns: readonly Column<PodInterfaceRow>[] = [
  {title: 'NODE', value: ({node}) => node},
  {title: 'NAMESPACE', value: ({podNamespace}) => podNamespace},
  {title: 'NAME', value: ({name}) => name},
  {title: 'INTERFACE', value: ({interfaceName}) => interfaceName, spare: 1},
  {title: 'IP', value: ({ips}) => ips.join(',')},
  {title: 'MAC', value: ({mac}) => mac, spare: 2},
  {title: 'OF-PORT', value: ({ofPort}) => ofPort, align: 'right'},
  {title: 'CONTAINER', value: ({containerID}) => containerID.slice(0, 12), spare: 3},
  {title: 'PORT-UUID', value: ({portUUID}) => portUUID, wide: true},
]
