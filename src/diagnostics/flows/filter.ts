import {contains, isIpText, parseIp} from '../../model/address.ts'
import {ofports} from '../../model/names.ts'
import {splitWords} from '../../datapath/openflow/words.ts'
import type {DecodedFlow} from './decode.ts'
import {safeCidr} from './safe-cidr.ts'

/** Which flows a person wants to see; all that is said must hold. */
export interface FlowFilter {
  /** Names, numbers and addresses by which a flow can mean the Pod. */
  readonly pod?: PodMarks | undefined
  /** Names of tables. */
  readonly tables?: ReadonlySet<string> | undefined
  /** OVS port: its name and its number. */
  readonly port?: readonly string[] | undefined
  /** Parts of a match: "tcp", "nw_dst=10.244.2.5". */
  readonly match?: readonly string[] | undefined
  readonly hit?: boolean | undefined
  readonly tunnelled?: boolean | undefined
}

export interface PodMarks {
  readonly ports: readonly string[]
  readonly addresses: readonly string[]
}

export function passes(filter: FlowFilter, flow: DecodedFlow): boolean {
  const {pod, tables, port, match, hit = false, tunnelled} = filter
  if (tables !== undefined && !tables.has(flow.table.toLowerCase())) return false
  if (hit && (flow.packets ?? 0) === 0) return false
  if (port !== undefined && !hasPort(flow, port)) return false
  if (pod !== undefined && !hasPort(flow, pod.ports) && !pod.addresses.some((address) => hasWord(flow, address)))
    return false
  if (match !== undefined && !match.every((wanted) => matches(flow, wanted))) return false
  return tunnelled === undefined || isTunnelled(flow) === tunnelled
}

function hasPort({match, actions}: DecodedFlow, ports: readonly string[]): boolean {
  return ports.some((port) => {
    const hex = /^\d+$/u.test(port) ? `0x${Number(port).toString(16)}` : port
    const leaves = [`output:${port}`, `output:"${port}"`, `set_field:${hex}->reg1`]
    const arrives = [`in_port=${port}`, `in_port="${port}"`]
    return arrives.some((part) => hasPart(match, part)) || leaves.some((part) => hasPart(actions, part))
  })
}

function hasPart(text: string, part: string): boolean {
  return text === part || splitWords(text).includes(part)
}

/** An address or a MAC as a word of its own: 10.244.1.2 is not in 10.244.1.20. */
function hasWord({match, actions}: DecodedFlow, word: string): boolean {
  return [match, actions].some((text) =>
    text.split(/[^\w.:/]+|(?<=set_field):/u).some((part) => part === word || part === `${word}/32`),
  )
}

/** A part as it is written, or an address that a network in the flow holds. */
function matches({match}: DecodedFlow, wanted: string): boolean {
  const parts = splitWords(match)
  if (parts.includes(wanted)) return true
  const [field = '', address = ''] = wanted.split('=')
  if (!isIpText(address)) return false
  return parts.some((part) => {
    const [name, network = ''] = part.split('=')
    const cidr = network.includes('/') ? safeCidr(network) : undefined
    return name === field && cidr !== undefined && contains(cidr, parseIp(address))
  })
}

const tunnelPorts: readonly string[] = [
  String(ofports.tunnel),
  String(ofports.secondTunnel),
  '"antrea-tun0"',
  '"antrea-tun1"',
]

/** It sends into a tunnel, or takes what came out of one. */
function isTunnelled({match, actions, says}: DecodedFlow): boolean {
  if (/->tun_dst|->tun_id|set_tunnel/u.test(actions) || /(?:^|,)tun_/u.test(match)) return true
  if (tunnelPorts.some((port) => hasPart(match, `in_port=${port}`) || hasPart(actions, `output:${port}`))) return true
  return [...says.match, ...says.actions].some((words) => /\btunnel\b/u.test(words))
}
