import {parse} from 'yaml'
import * as v from 'valibot'
import {type Cidr, parseCidr} from './address.ts'
import {AntctlError} from './errors.ts'
import {parseTrafficMode, type TrafficMode} from './traffic-mode.ts'

/** The part of antrea-agent.conf that this agent acts on; key names are Antrea's. */
export interface AgentConfig {
  readonly trafficEncapMode: TrafficMode
  readonly noSNAT: boolean
  readonly tunnelType: 'geneve'
  readonly transportInterface?: string
  readonly ovsDatapathType?: 'system' | 'netdev'
  /** 0: taken from the transport interface. */
  readonly defaultMTU: number
  readonly serviceCIDR?: Cidr
  readonly kubeAPIServerOverride?: string
  readonly apiPort: number
  readonly antreaProxyEnabled: boolean
}

const text = v.optional(v.string(), '')
const schema = v.looseObject({
  trafficEncapMode: v.optional(v.string(), 'encap'),
  noSNAT: v.optional(v.boolean(), false),
  tunnelType: v.optional(v.string(), 'geneve'),
  transportInterface: text,
  ovsDatapathType: text,
  defaultMTU: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_000)), 0),
  serviceCIDR: text,
  kubeAPIServerOverride: text,
  apiPort: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)), 10_350),
  trafficEncryptionMode: v.optional(v.string(), 'none'),
  antreaProxy: v.optional(v.looseObject({enable: v.optional(v.boolean(), true)}), {}),
})

/** antrea-agent.conf as text → what the agent runs; throws CONFIG_INVALID or MODE_UNKNOWN with the sentence to show. */
export function parseAgentConfig(source: string): AgentConfig {
  const raw = v.safeParse(schema, readYaml(source) ?? {})
  if (!raw.success) throw invalid(describeIssue(raw.issues[0]))
  const {transportInterface, ovsDatapathType, serviceCIDR, kubeAPIServerOverride, antreaProxy, ...rest} = raw.output
  if (rest.tunnelType !== 'geneve') throw invalid(`tunnelType ${rest.tunnelType} is not available yet, only geneve`)
  if (rest.trafficEncryptionMode !== 'none') {
    throw invalid(`trafficEncryptionMode ${rest.trafficEncryptionMode} is not available yet, only none`)
  }
  const trafficEncapMode = parseTrafficMode(rest.trafficEncapMode)
  if (rest.noSNAT && trafficEncapMode !== 'noEncap')
    throw invalid('noSNAT is only possible with trafficEncapMode noEncap')
  return {
    trafficEncapMode,
    noSNAT: rest.noSNAT,
    tunnelType: 'geneve',
    defaultMTU: rest.defaultMTU,
    apiPort: rest.apiPort,
    antreaProxyEnabled: antreaProxy.enable,
    ...(transportInterface !== '' && {transportInterface: interfaceName(transportInterface)}),
    ...(ovsDatapathType !== '' && {ovsDatapathType: datapathType(ovsDatapathType)}),
    ...(serviceCIDR !== '' && {serviceCIDR: parseCidr(serviceCIDR)}),
    ...(kubeAPIServerOverride !== '' && {kubeAPIServerOverride}),
  }
}

function readYaml(source: string): unknown {
  try {
    const value: unknown = parse(source, {maxAliasCount: 0})
    if (Array.isArray(value)) throw new TypeError('it is a list, not a mapping of keys')
    return value
  } catch (error) {
    throw invalid(error instanceof Error ? error.message.split('\n')[0]! : String(error))
  }
}

function datapathType(name: string): 'system' | 'netdev' {
  if (name === 'system' || name === 'netdev') return name
  throw invalid(`ovsDatapathType ${JSON.stringify(name)} is neither system nor netdev`)
}

/** IFNAMSIZ of linux/if.h is 16, with the closing zero. */
function interfaceName(name: string): string {
  if (/^[^\s/:]{1,15}$/u.test(name)) return name
  throw invalid(`transportInterface ${JSON.stringify(name)} is not an interface name`)
}

function describeIssue(issue: {
  readonly message: string
  readonly path?: readonly {readonly key: unknown}[] | undefined
}): string {
  const key = issue.path?.map(({key}) => String(key)).join('.')
  return key === undefined ? issue.message : `${key}: ${issue.message}`
}

function invalid(sentence: string): AntctlError {
  return new AntctlError('CONFIG_INVALID', `antrea-agent.conf: ${sentence}`, {
    remedy: ['kubectl -n kube-system edit configmap antrea-config'],
  })
}
