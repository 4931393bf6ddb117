import type {CapturePlace} from '../../model/capture/wish.ts'
import {names} from '../../model/names.ts'
import type {Station} from '../../model/live.ts'
import type {Hop} from '../../model/trace.ts'

/** Where a packet that takes these hops must be seen, in the order in which it passes. */
export function stationsOf(hops: readonly Hop[]): readonly Station[] {
  return hops.flatMap((hop): readonly Station[] => {
    const at = (place: CapturePlace, direction: Station['direction'], node = hop.node) => ({node, place, direction})
    switch (hop.at) {
      case 'wire':
        return hop.assumed === true ? [] : [at('underlay', 'out'), at('underlay', 'in', hop.to)]
      case 'kernel':
        return []
      case 'bridge': {
        const entry =
          hop.inPort === names.gatewayPort
            ? [at('gateway', 'out')]
            : hop.inPort.startsWith('antrea-tun')
              ? []
              : [at('port', 'in')]
        if (hop.exit.way === 'gateway') return [...entry, at('gateway', 'in')]
        return hop.exit.way === 'port' ? [...entry, at('port', 'out')] : entry
      }
    }
  })
}

export function isSameStation(a: Station, b: Station): boolean {
  return a.node === b.node && a.place === b.place && a.direction === b.direction
}
