import type {LiveStation, LiveTrace, LiveVerdict, Sighting, Station} from '../../model/live.ts'
import {type TraceVerdict, type TraceWay, traceVerdicts} from '../../model/trace.ts'
import {isSameStation, stationsOf} from './stations.ts'

/** All that captures saw of one marked packet. */
export interface Sightings {
  readonly there: readonly Sighting[]
  readonly back: readonly Sighting[]
  /** Who said that it cannot pass, and in which words. */
  readonly refusal?: string
}

export type Judged = Pick<LiveTrace, 'verdict' | 'says' | 'asPredicted' | 'there' | 'back'>

/** Beside what was predicted: where it was seen, how far it came, and whether an answer came back. */
export function judgeLive(way: TraceWay, {there, back, refusal}: Sightings): Judged {
  const reply = way.reply?.hops ?? []
  const stations = {there: together(stationsOf(way.hops), there), back: together(stationsOf(reply), back)}
  const last = stations.there.findLast(({seen}) => seen !== undefined)
  const arrived = there.some((one) => isEnd(one, way))
  const answered = back.some((one) => isStart(one, way))
  const verdict: LiveVerdict = answered ? 'answered' : arrived ? 'arrived' : refusal === undefined ? 'lost' : 'refused'
  return {
    verdict,
    says: sentence({verdict, last, refusal, lastBack: stations.back.findLast(({seen}) => seen !== undefined)}),
    asPredicted: agrees(way.verdict, {arrived: arrived || answered, answered}),
    ...stations,
  }
}

/** Whether anybody answers is his affair; a small packet passes where those of full size do not. */
function agrees(
  predicted: TraceVerdict,
  {arrived, answered}: {readonly arrived: boolean; readonly answered: boolean},
): boolean {
  const {arrives} = traceVerdicts[predicted]
  if (arrives === undefined || predicted === 'mtu') return true
  return predicted === 'unanswered' ? arrived && !answered : arrives === arrived
}

/** The expected ones in their order; another that saw it stands behind the last of its Node. */
function together(expected: readonly Station[], seen: readonly Sighting[]): readonly LiveStation[] {
  const rows: LiveStation[] = expected.map((station) => {
    const found = seen.find((one) => isSameStation(one, station))
    return {...station, expected: true, ...(found !== undefined && {seen: found})}
  })
  for (const one of seen) {
    if (rows.some((row) => isSameStation(row, one))) continue
    const {node, place, direction} = one
    const before = rows.findLastIndex((row) => row.node === node && (row.seen?.after ?? Infinity) <= one.after)
    rows.splice(before === -1 ? rows.length : before + 1, 0, {node, place, direction, expected: false, seen: one})
  }
  return rows
}

function isEnd({node, place, direction}: Station, {destination}: TraceWay): boolean {
  if (destination.node !== node) return false
  return destination.host === true
    ? place === 'underlay' && direction === 'in'
    : place === 'port' && direction === 'out'
}

/** Where an answer comes home: at the port of who sent, or at the Node that did. */
function isStart({node, place, direction}: Station, {hops}: TraceWay): boolean {
  const [first] = hops
  if (first?.node !== node) return false
  if (first.at === 'bridge') return place === 'port' && direction === 'out'
  return (place === 'underlay' || place === 'gateway') && direction === 'in'
}

interface Told {
  readonly verdict: LiveVerdict
  readonly last: LiveStation | undefined
  readonly lastBack: LiveStation | undefined
  readonly refusal: string | undefined
}

function sentence({verdict, last, lastBack, refusal}: Told): string {
  switch (verdict) {
    case 'answered':
      return 'it arrived, and its answer came back'
    case 'arrived':
      return lastBack === undefined
        ? `it arrived, and nothing answered it${refusal === undefined ? '' : `: ${refusal}`}`
        : `it arrived; its answer was not seen after ${describeStation(lastBack)}`
    case 'refused':
      return `${refusal ?? ''}; it was not seen after ${last === undefined ? 'it was sent' : describeStation(last)}`
    case 'lost':
      return last === undefined ? 'it was seen nowhere' : `it was not seen after ${describeStation(last)}`
  }
}

export function describeStation({node, place, direction}: Station): string {
  const words = {
    port: {in: `it left the Pod on ${node}`, out: `${node} handed it to the Pod`},
    gateway: {in: `the bridge of ${node} handed it to the Node`, out: `${node} handed it to its bridge`},
    underlay: {in: `it came to ${node} from the network`, out: `it left ${node} for the network`},
  }
  return words[place][direction]
}
