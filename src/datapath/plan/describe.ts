import type {KernelRoute} from '../../model/agent-api.ts'
import type {RouteRule} from '../host/peer-tables.ts'
import type {PodResize} from '../host/pod-sizes.ts'
import type {LinkSetting, NextHop} from '../host/state.ts'
import {describeWay} from '../host/tunnel-ways.ts'
import type {Step} from './steps.ts'

/** The step on one line, for logs and journals; of many things the first are named and the others counted. */
export function describe(step: Step): string {
  switch (step.kind) {
    case 'sysctls':
      return `set ${some(step.sysctls.map(({key, value}) => `${key}=${value}`))}`
    case 'links':
      return `set ${some(step.links.map(describeLink))}`
    case 'limit-pods':
    case 'free-pods':
      return `let ${some(step.pods.map(describeResize))}`
    case 'ruleset':
      return 'replace the nft table inet antctl'
    case 'guard':
      return `let the kernel ignore ${some(step.devices)}`
    case 'unguard':
      return `take the guard from ${some(step.devices)}`
    case 'pod-cidrs':
      return `masquerade nothing to ${some(step.podCidrs)}`
    case 'remove-pod-cidrs':
      return `forget the Pod addresses ${some(step.podCidrs)}`
    case 'warm-neighbours':
      return `make the Node know ${hops(step.hops)}`
    case 'tunnel-neighbours':
      return `make the tunnel know ${hops(step.hops)}`
    case 'tunnel-ways':
      return `tunnels leave by ${some(step.ways.map(describeWay))}`
    case 'withdraw-routes':
      return `leave ${destinations(step.routes)} to the fabric`
    case 'direct-routes':
      return `route ${paths(step.routes)}`
    case 'direct-rules':
    case 'tunnel-rules':
      return `look up ${tables(step.rules)}`
    case 'withdraw-rules':
      return `look up ${tables(step.rules)} no more`
    case 'receiving-flows':
      return `receive answers by either way: ${step.add.length} flows put`
    case 'flows':
      return [
        `change flows: ${step.add.length} put, ${step.remove.length} removed`,
        ...(step.groups === undefined
          ? []
          : [`groups: ${step.groups.put.length} put, ${step.groups.remove.length} removed`]),
      ].join('; ')
    case 'meters':
      return `put the meters ${some(step.meters.map(({id}) => String(id)))}`
    case 'remove-meters':
      return `remove the meters ${some(step.ids.map(String))}`
    case 'revalidate':
      return 'wait until the datapath follows the flows'
    case 'tunnel-routes':
      return `route ${paths(step.routes)} through the bridge`
    case 'remove-routes':
      return `remove the routes to ${destinations(step.routes)}`
  }
}

const named = 5

function some(texts: readonly string[]): string {
  const more = texts.length - named
  return more <= 0 ? texts.join(', ') : `${texts.slice(0, named).join(', ')} and ${more} more`
}

function hops(next: readonly NextHop[]): string {
  return some(next.map(({ip, dev}) => `${ip} dev ${dev}`))
}

function paths(routes: readonly KernelRoute[]): string {
  return some(routes.map(({to, via}) => `${to} via ${via}`))
}

function tables(rules: readonly RouteRule[]): string {
  return rules.map(({table}) => `table ${table}`).join(' and ')
}

function destinations(routes: readonly KernelRoute[]): string {
  return some([...new Set(routes.map(({to}) => to))])
}

export function describeResize({interfaceName, takes, routes}: PodResize): string {
  const sends = routes.map(({mtu}) => mtu)[0]
  const parts = [sends === undefined ? [] : [`send ${sends}`], takes === undefined ? [] : [`take ${takes}`]].flat()
  return `${interfaceName} ${parts.join(' and ')} bytes`
}

export function describeLink({name, mtu, up, addresses}: LinkSetting): string {
  return [name, up ? 'up' : 'down', `mtu ${mtu}`, ...addresses.map(({ip, prefix}) => `${ip}/${prefix}`)].join(' ')
}
