import type {CloudControllers} from '../../cluster/cloud-controllers.ts'
import type {Machine} from './crossing.ts'
import type {UnderlayNeed} from './need.ts'

export interface RouteQuestion {
  readonly provider: string
  /** As its makers write it. */
  readonly title: string
  /** Whose podCIDRs must be known. */
  readonly machines: readonly Machine[]
  readonly controllers: CloudControllers | undefined
  /** What puts the routes by hand. */
  readonly commands: readonly string[]
}

/**
 * The routes of a cloud to podCIDRs, by what its Route Controller says of each Node: condition NetworkUnavailable with reason
 * RouteCreated or NoRouteCreated.
 */
export function routeControllerNeed({provider, title, machines, controllers, commands}: RouteQuestion): UnderlayNeed {
  const without = machines.filter(({facts}) => facts?.cloudRoutes !== 'created')
  const missing = machines.filter(({facts}) => facts?.cloudRoutes === 'missing')
  const nodes = (without.length === 0 ? machines : without).map(({name}) => name)
  if (without.length === 0) {
    const sentence = `the Route Controller of ${title} has routes to all podCIDRs (condition NetworkUnavailable: RouteCreated)`
    return {asks: 'routes', provider, state: 'met', sentence, nodes, commands: []}
  }
  const said =
    missing.length > 0
      ? `its Route Controller has none yet to ${missing.length} of ${machines.length} Nodes (NoRouteCreated)`
      : `${runs(controllers)}, and of ${without.length} of ${machines.length} Nodes none has said that they are there`
  return {
    asks: 'routes',
    provider,
    state: missing.length > 0 ? 'open' : 'unknown',
    sentence: `${title} must have a route to each podCIDR: ${said}`,
    nodes,
    commands,
  }
}

function runs(controllers: CloudControllers | undefined): string {
  if (controllers === undefined) return 'whether a Route Controller runs cannot be seen (no right to list kube-system)'
  const keeping = controllers.routes.find(({keepsRoutes}) => keepsRoutes)
  if (keeping !== undefined) return `a Route Controller runs (${keeping.workload})`
  const [other] = controllers.routes
  return other === undefined
    ? 'no Route Controller runs'
    : `${other.workload} runs without its Route Controller (--allocate-node-cidrs and --configure-cloud-routes start it)`
}
