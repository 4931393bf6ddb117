import {describe, expect, test} from 'vitest'
import {truthCases} from './truth/cases.ts'
import {pathFault, type Truth, truthOf, verdictFault} from './truth/judge.ts'
import {parseLine} from './truth/wire.ts'

const watched = {
  from: 'n1',
  to: 'n2',
  ip: '10.244.2.2',
  device: 'near-1',
  target: '10.244.2.2',
  source: {ip: '10.244.1.2', device: 'a-1'},
  fullSize: 1450,
}
const lines = (...texts: readonly [node: string, line: string][]) =>
  texts.flatMap(([node, line]) => parseLine(node, line))
const inTunnel =
  'eth1  Out IP 172.30.1.11.4711 > 172.30.1.12.6081: Geneve, Flags [none], vni 0x0, proto TEB (0x6558): IP 10.244.1.2.5 > 10.244.2.2.9999: UDP, length 64'
const arrival = 'near-1 Out IP 10.244.1.2.5 > 10.244.2.2.9999: UDP, length 64'
const answer = 'a-1   Out IP 10.244.2.2.9999 > 10.244.1.2.5: UDP, length 64'
const full = 'near-1 Out IP 10.244.1.2.5 > 10.244.2.2.9999: UDP, length 1422'

describe('what captures say', () => {
  test('whole, through the tunnel', () => {
    const seen = lines(['n1', inTunnel], ['n2', arrival], ['n1', answer])
    expect(truthOf(seen, lines(['n2', full]), watched)).toEqual({
      arrived: true,
      answered: true,
      fits: true,
      form: 'tunnelled',
    })
  })
  test('in pieces it does not fit', () => {
    const pieces = lines(['n2', full], ['n2', 'near-1 Out IP 10.244.1.2 > 10.244.2.2: udp'])
    expect(truthOf([], pieces, watched).fits).toBe(false)
  })
  test('sent, and seen no more', () => {
    const truth = truthOf(lines(['n1', inTunnel.replace(/.*: IP/u, 'eth1 Out IP')]), [], watched)
    expect(truth).toEqual({arrived: false, answered: false, fits: false, form: 'routed'})
  })
  test('somebody else’s packets do not count', () => {
    expect(truthOf(lines(['n2', arrival.replace('10.244.1.2', '10.244.3.2')]), [], watched).arrived).toBe(false)
  })
})

describe('a judge that can fail', () => {
  const whole: Truth = {arrived: true, answered: true, fits: true, form: 'routed'}
  const [example] = truthCases(1, () => 0.5)
  if (example === undefined) throw new Error('there is no case')
  const one = {...example, from: {pod: 'a'}, fault: 'cut pair'} as const
  test.each([
    ['routed', whole, true],
    ['tunnelled', whole, false],
    ['lost', whole, false],
    ['mtu', {...whole, fits: false}, true],
    ['routed', {...whole, fits: false}, false],
    ['lost', {...whole, arrived: false, answered: false}, true],
    ['dropped', {...whole, arrived: false, answered: false}, false],
    ['routed', {...whole, arrived: false, answered: false}, false],
    ['unanswered', {...whole, answered: false}, true],
    ['unknown', whole, false],
  ] as const)('%s of %j: %s', (verdict, truth, right) => {
    expect(verdictFault(verdict, truth, one) === undefined).toBe(right)
  })
  test.each([
    ['routed', whole, true],
    ['fabric', whole, true],
    ['tunnelled', whole, false],
    ['broken', whole, false],
  ] as const)('path %s of %j: %s', (kind, truth, right) => {
    expect(pathFault(kind, truth, one) === undefined).toBe(right)
  })
})

test('the same seed gives the same cases, a third and more of them with a fault, of every kind', () => {
  const seed = () => {
    let state = 7
    return () => {
      state = (state * 48_271) % 0x7fff_ffff
      return state / 0x7fff_ffff
    }
  }
  const cases = truthCases(400, seed())
  expect(truthCases(400, seed())).toEqual(cases)
  const faults = cases.flatMap(({fault}) => (fault === undefined ? [] : [fault]))
  expect(faults.length).toBeGreaterThan(133)
  expect(new Set(faults).size).toBe(8)
})
