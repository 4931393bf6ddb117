import {isIpText} from '../../model/address.ts'
import type {ServiceWay} from '../../model/agent-api.ts'
import {AntctlError} from '../../model/errors.ts'
import {runProgram} from '../../datapath/machine/program.ts'

interface Asked {
  readonly ip: string
  readonly port: number
  readonly protocol: string
}

/** Where kube-proxy may have put its rules; the first place that knows the address answers. */
const places = [
  {name: 'iptables', program: 'iptables-nft-save', args: ['-t', 'nat'], read: readIptables},
  {name: 'iptables', program: 'iptables-legacy-save', args: ['-t', 'nat'], read: readIptables},
  {name: 'nftables', program: 'nft', args: ['list', 'table', 'ip', 'kube-proxy'], read: readNftables},
] as const

/** The answer to GET /v1/serviceway; throws USAGE. */
export async function serviceWay(query: URLSearchParams): Promise<ServiceWay> {
  const asked = {
    ip: query.get('ip') ?? '',
    port: Number(query.get('port')),
    protocol: query.get('protocol') ?? 'tcp',
  }
  if (!isIpText(asked.ip) || !/^(?:tcp|udp|sctp)$/u.test(asked.protocol) || !(asked.port > 0 && asked.port < 65_536))
    throw new AntctlError('USAGE', 'ip=, port= and protocol= must name what a Service listens on')
  for (const {name, program, args, read} of places) {
    const text = await runProgram(program, args).catch(() => '')
    const found = read(text, asked)
    if (found !== undefined) return {program: name, ...found}
  }
  return {rules: [], endpoints: []}
}

type Found = Omit<ServiceWay, 'program'>

/**
 * A rule a line: "-A KUBE-SERVICES -d 10.96.0.1/32 … --dport 443 -j KUBE-SVC-NPX…", and from chain to chain until the DNAT of
 * an endpoint. Of no ClusterIP it may be a NodePort, which every address of the Node has.
 */
export function readIptables(text: string, {ip, port, protocol}: Asked): Found | undefined {
  const chains = Map.groupBy(text.split('\n'), (line) => /^-A (\S+) /u.exec(line)?.[1] ?? '')
  const listens = (line: string) => line.includes(` -p ${protocol} `) && line.includes(` --dport ${port} `)
  const byIp = (line: string) => line.includes(` -d ${ip}/32 `)
  const entry =
    chains.get('KUBE-SERVICES')?.find((line) => byIp(line) && listens(line)) ??
    chains.get('KUBE-NODEPORTS')?.find(listens)
  if (entry === undefined) return undefined
  const rules = [entry, ...followed(target(entry), chains)]
  const masquerade = rules.find((line) => target(line) === 'KUBE-MARK-MASQ' && !line.startsWith('-A KUBE-SEP-'))
  return {
    rules: rules.filter((line) => target(line) !== 'KUBE-MARK-MASQ').slice(0, mostRules),
    endpoints: rules.flatMap((line) => /--to-destination (\S+)/u.exec(line)?.[1] ?? []),
    ...(masquerade !== undefined && {masquerade}),
  }
}

function followed(chain: string, chains: ReadonlyMap<string, readonly string[]>, depth = 0): readonly string[] {
  if (depth > deepest) return []
  return (chains.get(chain) ?? []).flatMap((line) =>
    /^KUBE-(?:SEP|SVC|SVL|EXT)-/u.test(target(line)) ? [line, ...followed(target(line), chains, depth + 1)] : [line],
  )
}

function target(line: string): string {
  return / -j (\S+)/u.exec(line)?.[1] ?? ''
}

/** NodePort, Service, endpoint. */
const deepest = 3

/** Maps and chains: "10.96.0.1 . tcp . 443 : goto service-…", then "… : goto endpoint-…", then "dnat to 10.244.2.2:7000". */
export function readNftables(text: string, {ip, port, protocol}: Asked): Found | undefined {
  const entry = new RegExp(
    `${ip.replaceAll('.', '\\.')} \\. ${protocol} \\. ${port} : goto (service-[^\\s,}]+)`,
    'u',
  ).exec(text)
  const service = entry?.[1]
  if (entry === null || service === undefined) return undefined
  const names = [...chainOf(text, service).matchAll(/goto (endpoint-[^\s,}]+)/gu)].map(([, name = '']) => name)
  const landings = names.map((name) => chainOf(text, name))
  const translations = landings.flatMap((body) => /dnat (?:ip )?to (\S+)/u.exec(body) ?? [])
  const masquerade = /^\s*(.*jump mark-for-masquerade.*)$/mu.exec(chainOf(text, service))?.[1]
  return {
    rules: [entry[0], ...translations.filter((_, at) => at % 2 === 0)].slice(0, mostRules),
    endpoints: translations.filter((_, at) => at % 2 === 1),
    ...(masquerade !== undefined && {masquerade}),
  }
}

function chainOf(text: string, name: string): string {
  const start = text.indexOf(`chain ${name} {`)
  return start === -1 ? '' : text.slice(start, text.indexOf('\n\t}', start))
}

const mostRules = 12
