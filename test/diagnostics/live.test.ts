import {describe, expect, test} from 'vitest'
import {parseIp} from '../../src/model/address.ts'
import type {Sighting, Station} from '../../src/model/live.ts'
import type {BridgeExit, BridgeHop, TraceVerdict, TraceWay, WireHop} from '../../src/model/trace.ts'
import {judgeLive} from '../../src/diagnostics/live/judge.ts'

const [a, b] = [parseIp('10.244.1.2'), parseIp('10.244.2.2')]
const packet = {source: a, destination: b}
const bridge = (node: string, inPort: string, exit: BridgeExit): BridgeHop => ({
  at: 'bridge',
  node,
  packet,
  says: '',
  inPort,
  tables: [],
  conntrack: [],
  exit,
})
const wire = (node: string, to: string): WireHop => ({at: 'wire', node, to, form: 'tunnelled', packet, says: ''})
const tunnel = {way: 'tunnel', tunDst: parseIp('172.30.1.12'), port: 'antrea-tun0'} as const

const way = (verdict: TraceVerdict): TraceWay => ({
  verdict,
  reason: '',
  destination: {ip: b, node: 'n2', pod: {namespace: 'e2e', name: 'b'}},
  hops: [bridge('n1', 'a-1', tunnel), wire('n1', 'n2'), bridge('n2', 'antrea-tun0', {way: 'port', port: 'b-1'})],
  reply: {
    verdict: 'tunnelled',
    reason: '',
    hops: [bridge('n2', 'b-1', tunnel), wire('n2', 'n1'), bridge('n1', 'antrea-tun0', {way: 'port', port: 'a-1'})],
  },
})

const sighting = (text: string, after = 0): Sighting => {
  const [node = '', place, direction] = text.split(' ')
  const known = (['port', 'gateway', 'underlay'] as const).find((name) => name === place) ?? 'port'
  return {
    node,
    place: known,
    direction: direction === 'in' ? 'in' : 'out',
    device: 'x',
    after,
    form: 'plain',
    source: a,
    destination: b,
  }
}
const words = ({node, place, direction}: Station) => `${node} ${place} ${direction}`
const there = ['n1 port in', 'n1 underlay out', 'n2 underlay in', 'n2 port out']
const back = ['n2 port in', 'n2 underlay out', 'n1 underlay in', 'n1 port out']
const seen = (texts: readonly string[]) => texts.map((text, at) => sighting(text, at))

describe('a packet that was really sent', () => {
  test('seen everywhere', () => {
    const found = judgeLive(way('tunnelled'), {there: seen(there), back: seen(back)})
    expect(found).toMatchObject({verdict: 'answered', asPredicted: true})
    expect(found.there.map(words)).toEqual(there)
    expect(found.back.map(words)).toEqual(back)
  })
  test('lost between the Nodes: where it was seen last is said', () => {
    expect(judgeLive(way('tunnelled'), {there: seen(there.slice(0, 2)), back: []})).toMatchObject({
      verdict: 'lost',
      asPredicted: false,
      says: 'it was not seen after it left n1 for the network',
    })
  })
  test('a loss that was predicted', () => {
    expect(judgeLive(way('lost'), {there: seen(there.slice(0, 2)), back: []})).toMatchObject({asPredicted: true})
  })
  test('seen nowhere at all', () => {
    expect(judgeLive(way('tunnelled'), {there: [], back: []}).says).toBe('it was seen nowhere')
  })
  test('arrived, and its answer got lost on the way', () => {
    expect(judgeLive(way('tunnelled'), {there: seen(there), back: seen(back.slice(0, 2))})).toMatchObject({
      verdict: 'arrived',
      says: 'it arrived; its answer was not seen after it left n2 for the network',
    })
    expect(judgeLive(way('unanswered'), {there: seen(there), back: []})).toMatchObject({asPredicted: true})
    expect(judgeLive(way('unanswered'), {there: seen(there), back: seen(back)})).toMatchObject({asPredicted: false})
  })
  test('a router says why', () => {
    const refusal = '172.30.1.1 says that there is no way to that network'
    expect(judgeLive(way('lost'), {there: seen(there.slice(0, 2)), back: [], refusal})).toMatchObject({
      verdict: 'refused',
      says: `${refusal}; it was not seen after it left n1 for the network`,
    })
  })
  test('a place that nobody predicted stands where it was passed', () => {
    const {there: rows} = judgeLive(way('tunnelled'), {
      there: [sighting('n1 port in', 0), sighting('n1 gateway in', 1), sighting('n1 underlay out', 2)],
      back: [],
    })
    expect(rows.map((row) => `${words(row)} ${row.expected}`)).toEqual([
      'n1 port in true',
      'n1 gateway in false',
      'n1 underlay out true',
      'n2 underlay in true',
      'n2 port out true',
    ])
  })
})
