import type {KernelRoute} from '../../model/agent-api.ts'
import type {NextHop} from '../host/state.ts'
import type {Step} from './steps.ts'

/** The step on one line, for logs and journals. */
export function describe(step: Step): string {
  switch (step.kind) {
    case 'sysctls':
      return `set ${step.sysctls.map(({key, value}) => `${key}=${value}`).join(', ')}`
    case 'links':
      return `set ${step.links.map(({name, mtu}) => `${name} mtu ${mtu}`).join(', ')}`
    case 'nft':
      return `replace the nft table ${step.table === 'inet' ? 'inet antctl' : 'netdev antctl'}`
    case 'warm-neighbours':
      return `make the Node know ${hops(step.hops)}`
    case 'tunnel-neighbours':
      return `make the tunnel know ${hops(step.hops)}`
    case 'withdraw-routes':
      return `leave ${destinations(step.routes)} to the fabric`
    case 'direct-routes':
      return `route ${paths(step.routes)}`
    case 'flows':
      return `change flows: ${step.add.length} put, ${step.remove.length} removed`
    case 'revalidate':
      return 'wait until the datapath follows the flows'
    case 'tunnel-routes':
      return `route ${paths(step.routes)} through the bridge`
    case 'remove-routes':
      return `remove the routes to ${destinations(step.routes)}`
  }
}

function hops(next: readonly NextHop[]): string {
  return next.map(({ip, dev}) => `${ip} dev ${dev}`).join(', ')
}

function paths(routes: readonly KernelRoute[]): string {
  return routes.map(({to, via}) => `${to} via ${via}`).join(', ')
}

function destinations(routes: readonly KernelRoute[]): string {
  return routes.map(({to}) => to).join(', ')
}
