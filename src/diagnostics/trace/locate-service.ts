import {familyOf} from '../../model/address.ts'
import {AntctlError} from '../../model/errors.ts'
import {describePod} from '../../model/pod.ts'
import type {TraceDestination, TraceEnd, TraceRequest, TraceService} from '../../model/trace.ts'
import type {ClusterService, ServicePort} from '../../cluster/services.ts'
import type {Finder} from './locate.ts'

/** A Service as one destination, or as all of its endpoints. Throws USAGE, UNHEALTHY. */
export function locateService(service: ClusterService, source: TraceEnd, finder: Finder): TraceRequest {
  const {words} = finder
  const port = portOf(service, words.flow)
  const name = describePod(service.name)
  const endpoints = service.endpoints
    .filter(({ip}) => familyOf(ip) === words.family)
    .map(({ip, node, pod, ports}): TraceDestination => ({
      ip,
      ...(node !== undefined && {node}),
      ...(pod !== undefined && {pod}),
      ...(finder.sources.underlay.homeOf(ip) === undefined && {host: true}),
      port: ports[port.name] ?? port.port,
    }))
  const [first, ...others] = endpoints
  if (first === undefined) {
    throw new AntctlError(
      'UNHEALTHY',
      `the Service ${name} has no endpoint that is ready: kube-proxy refuses packets to it`,
      {
        remedy: [
          `kubectl -n ${service.name.namespace} get endpointslices -l kubernetes.io/service-name=${service.name.name}`,
        ],
      },
    )
  }
  const flow = flowOf(port, words.flow)
  const destinations = [first, ...(words.endpoints === 'all' ? others : [])] as const
  const entry =
    source.node === undefined ? byNodePort(port, name, first, finder) : byClusterIp(service, port, words.family)
  // A headless Service is but a name for its endpoints.
  if (entry === undefined)
    return {source, destinations, flow: flowOf({...port, port: first.port ?? port.port}, words.flow)}
  const found: TraceService = {
    name,
    ...entry,
    protocol: port.protocol,
    endpoints: endpoints.map((end) => ({...end, port: end.port ?? port.port})),
  }
  return {
    source,
    destinations,
    service: found,
    flow: source.node === undefined ? flowOf({...port, port: entry.port}, undefined) : flow,
  }
}

function portOf({name, ports}: ClusterService, flow = ''): ServicePort {
  const protocol = /\b(tcp|udp|sctp)\b/u.exec(flow)?.[1]
  const number = /_dst=(\d+)/u.exec(flow)?.[1]
  const found = ports.find(
    (port) =>
      (protocol === undefined || port.protocol === protocol) && (number === undefined || port.port === Number(number)),
  )
  if (found !== undefined) return found
  const listed = ports.map(({protocol: kind, port}) => `${kind},${kind}_dst=${port}`)
  throw new AntctlError('USAGE', `the Service ${describePod(name)} has no such port`, {
    remedy: listed.length === 0 ? ['it has no ports at all'] : listed.map((words) => `-f ${words}`),
  })
}

function flowOf({protocol, port}: ServicePort, given: string | undefined): string {
  if (given === undefined) return `${protocol},${protocol}_dst=${port}`
  return new RegExp(`\\b(?:tp|${protocol})_dst=`, 'u').test(given) ? given : `${given},${protocol}_dst=${port}`
}

function byClusterIp({ips}: ClusterService, {port}: ServicePort, family: 4 | 6) {
  const ip = ips.find((address) => familyOf(address) === family)
  return ip === undefined ? undefined : {ip, port}
}

/** From outside a ClusterIP leads nowhere: one comes in by a Node's address. */
function byNodePort({nodePort}: ServicePort, name: string, {node: home}: TraceEnd, {words, sources}: Finder) {
  const node = words.node ?? home
  const ip = sources.underlay.nodes
    .find((known) => known.name === node)
    ?.transport.find((address) => familyOf(address.ip) === words.family)?.ip
  if (nodePort !== undefined && ip !== undefined) return {ip, port: nodePort}
  throw new AntctlError('USAGE', `the Service ${name} cannot be reached from outside: it has no NodePort`, {
    remedy: ['trace from a Pod or a Node of the cluster'],
  })
}
