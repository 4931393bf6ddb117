import type {TraceVerdict} from '../../model/trace.ts'
import type {Crossing, Journey} from './journey.ts'

/** It has arrived: how, by what it crossed last. */
export function deliveredAs(crossing: Crossing, {start}: Journey): TraceVerdict {
  switch (crossing) {
    case 'none':
      return start.at === 'kernel' && start.in === 'outside' ? 'inbound' : 'same-node'
    case 'routed':
    case 'tunnelled':
      return crossing
    case 'fabric':
    case 'assumed':
      return 'unknown'
  }
}
