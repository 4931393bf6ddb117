import {familyOf, type Ip, isIpText, parseIp} from '../address.ts'
import {AntctlError} from '../errors.ts'
import {describePod, type PodName} from '../pod.ts'

/** Where a Node can be listened to: at a Pod's port of the bridge, at its gateway, at the NIC towards the others. */
export const capturePlaces = ['port', 'gateway', 'underlay'] as const
export type CapturePlace = (typeof capturePlaces)[number]

/** IP's numbers (RFC 790). */
export const captureProtocols = {icmp: 1, tcp: 6, udp: 17, sctp: 132} as const
export type CaptureProtocol = keyof typeof captureProtocols

/** What is to be kept; of a tunnel's packets the one inside is judged. Empty lists: whoever it is. */
export interface PacketFilter {
  readonly source: readonly Ip[]
  readonly destination: readonly Ip[]
  /** Answers as well. */
  readonly bothWays: boolean
  readonly protocol?: CaptureProtocol
  /** Of the destination. */
  readonly port?: number
  /** A packet that is known by bytes in it, and what answers it: the addresses are then only where it is looked for. */
  readonly marked?: MarkedFilter
}

export interface MarkedFilter {
  /** Hexadecimal digits. */
  readonly mark: string
  /** What goes to this port answers it. */
  readonly answerPort: number
}

/** GET /capture/v1/packets: the answer is a stream of pcapng, which begins when every device is listened to. */
export interface CaptureWish {
  /** Whose ports. */
  readonly pods: readonly PodName[]
  readonly places: readonly CapturePlace[]
  readonly filter: PacketFilter
  /** It ends after so many at the first place, or after so many seconds. */
  readonly number?: number
  readonly seconds: number
  /** Bytes kept of each. */
  readonly snapLength: number
}

export const captureLimits = {seconds: 300, number: 100_000, snapLength: 65_535, addresses: 8, pods: 4} as const

export function captureQuery(wish: CaptureWish): Readonly<Record<string, string | undefined>> {
  const {pods, places, filter, number, seconds, snapLength} = wish
  const {source, destination, bothWays, protocol, port, marked} = filter
  const list = (items: readonly string[]) => (items.length === 0 ? undefined : items.join(','))
  return {
    pods: list(pods.map(describePod)),
    places: list(places),
    source: list(source),
    destination: list(destination),
    both: bothWays ? 'true' : undefined,
    protocol,
    port: port === undefined ? undefined : String(port),
    mark: marked?.mark,
    answers: marked === undefined ? undefined : String(marked.answerPort),
    number: number === undefined ? undefined : String(number),
    seconds: String(seconds),
    snaplen: String(snapLength),
  }
}

/** The same, from whoever asks; throws USAGE. */
export function parseCaptureQuery(query: URLSearchParams): CaptureWish {
  const [protocol, mark] = ['protocol', 'mark'].map((name) => query.get(name) ?? undefined)
  const pods = (query.get('pods') ?? '').split(',').filter((pod) => pod !== '')
  if (pods.length > captureLimits.pods) throw usage('pods', String(pods.length), `${captureLimits.pods} at most`)
  const places = (query.get('places') ?? capturePlaces.join(',')).split(',').map((place) => {
    const known = capturePlaces.find((name) => name === place)
    if (known === undefined) throw usage('places', place, capturePlaces.join(', '))
    return known
  })
  if (mark !== undefined && !/^[0-9a-f]{32}$/u.test(mark)) throw usage('mark', mark, '32 hexadecimal digits')
  const answerPort = within(query, 'answers', 65_535)
  const [number, port] = [within(query, 'number', captureLimits.number), within(query, 'port', 65_535)]
  return {
    pods: pods.map(podOf),
    places: [...new Set(places)],
    filter: {
      source: addresses(query, 'source'),
      destination: addresses(query, 'destination'),
      bothWays: query.get('both') === 'true',
      ...(protocol !== undefined && {protocol: protocolOf(protocol)}),
      ...(port !== undefined && {port}),
      ...(mark !== undefined && answerPort !== undefined && {marked: {mark, answerPort}}),
    },
    ...(number !== undefined && {number}),
    seconds: within(query, 'seconds', captureLimits.seconds) ?? 60,
    snapLength: within(query, 'snaplen', captureLimits.snapLength) ?? captureLimits.snapLength,
  }
}

function podOf(text: string): PodName {
  const {namespace, name} = /^(?<namespace>[a-z0-9.-]{1,253})\/(?<name>[a-z0-9.-]{1,253})$/u.exec(text)?.groups ?? {}
  if (namespace === undefined || name === undefined) throw usage('pods', text, 'NAMESPACE/POD')
  return {namespace, name}
}

export function protocolOf(text: string): CaptureProtocol {
  const names: readonly CaptureProtocol[] = ['icmp', 'tcp', 'udp', 'sctp']
  const known = names.find((name) => name === text)
  if (known === undefined) throw usage('protocol', text, names.join(', '))
  return known
}

function addresses(query: URLSearchParams, name: string): readonly Ip[] {
  const texts = (query.get(name) ?? '').split(',').filter((text) => text !== '')
  if (texts.length > captureLimits.addresses)
    throw usage(name, `${texts.length} addresses`, `${captureLimits.addresses} at most`)
  return texts.map((text) => {
    if (isIpText(text) && familyOf(parseIp(text)) === 4) return parseIp(text)
    throw usage(name, text, 'IPv4 addresses')
  })
}

function within(query: URLSearchParams, name: string, most: number): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  throw usage(name, text, `a number from 1 to ${most}`)
}

function usage(name: string, found: string, wanted: string): AntctlError {
  return new AntctlError('USAGE', `${name}=${JSON.stringify(found)}: it must be ${wanted}`)
}
