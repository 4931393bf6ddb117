import {type TraceVerdict, traceVerdicts} from '../../src/model/trace.ts'
import type {PathClass} from '../../src/diagnostics/paths/pair.ts'
import type {TruthCase} from './cases.ts'
import {faults} from './faults.ts'
import type {Sighting} from './wire.ts'

/** What captures say of a case. */
export interface Truth {
  readonly arrived: boolean
  readonly answered: boolean
  /** Packets of full size arrived as well. */
  readonly fits: boolean
  readonly form: 'same-node' | 'routed' | 'tunnelled'
}

export interface Watched {
  readonly from: string
  readonly to: string
  /** The receiving Pod's address and its device on the Node. */
  readonly ip: string
  readonly device: string
  /** Whom it was sent to: the Pod, or its Service. */
  readonly target: string
  /** undefined: the Node itself sends, by whichever address. */
  readonly source: {readonly ip: string; readonly device: string} | undefined
  readonly fullSize: number
}

export function truthOf(small: readonly Sighting[], full: readonly Sighting[], watched: Watched): Truth {
  const {from, to, ip, device, target, source, fullSize} = watched
  const isRequest = (sighting: Sighting) =>
    sighting.destination === ip && (source === undefined || sighting.source === source.ip)
  const reached = ({node, device: by}: Sighting) => node === to && by === device
  const arrived = small.some((sighting) => reached(sighting) && isRequest(sighting))
  const back = (sighting: Sighting) =>
    source === undefined
      ? sighting.node === to && sighting.device === device && sighting.source === ip
      : sighting.node === from &&
        sighting.device === source.device &&
        sighting.source === target &&
        sighting.destination === source.ip
  const isFull = ({text}: Sighting) => text.includes(`length ${fullSize - 28}`)
  // A sender that a router has told a smaller size cuts what follows into pieces, of which all but the first have no ports.
  const isPiece = ({text}: Sighting) => /^(?:udp|ip-proto-17)\s*$/u.test(text)
  const received = full.filter((sighting) => reached(sighting) && isRequest(sighting))
  const onWire = small.filter((sighting) => sighting.node === from && sighting.device === 'eth1' && isRequest(sighting))
  const form = onWire.some(({isTunnelled}) => isTunnelled) ? 'tunnelled' : onWire.length > 0 ? 'routed' : 'same-node'
  return {
    arrived,
    answered: small.some(back),
    fits: received.some(isFull) && !received.some(isPiece),
    form,
  }
}

/** Why trace-packet is wrong, or undefined. */
export function verdictFault(verdict: TraceVerdict, truth: Truth, {fault}: TruthCase): string | undefined {
  const words = `trace-packet says ${verdict}, the wire ${JSON.stringify(truth)}`
  const works = truth.arrived && truth.answered && truth.fits
  if (works) return verdict === truth.form ? undefined : words
  if (traceVerdicts[verdict].arrives !== false) return words
  if (truth.arrived && truth.answered) return verdict === 'mtu' ? undefined : words
  if (truth.arrived) return ['unanswered', 'lost'].includes(verdict) ? undefined : words
  const allowed = faults.find(({kind}) => kind === fault)?.verdicts ?? []
  return allowed.includes(verdict)
    ? undefined
    : `${words}; of a ${fault ?? 'thing that nobody planted'} it should say ${allowed.join(' or ')}`
}

/** Why the class of the path is wrong; of what the network between them does, flows and routes know nothing. */
export function pathFault(
  found: PathClass | undefined,
  truth: Truth,
  {fault, from, to}: TruthCase,
): string | undefined {
  if (found === undefined || !('pod' in from)) return undefined
  const plain = found === 'fabric' ? 'routed' : found
  const words = `get paths says ${found}, the wire ${JSON.stringify(truth)}`
  if (truth.arrived) return plain === truth.form ? undefined : words
  // What kube-proxy turns to a Pod is the Node's own packet by then, and paths are those of Pods.
  const isOfTheNode = fault === 'black hole' && 'pod' in to
  return isOfTheNode && found !== 'broken' ? words : undefined
}
