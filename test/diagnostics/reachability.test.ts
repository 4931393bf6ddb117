import {describe, expect, test} from 'vitest'
import type {PairPath} from '../../src/diagnostics/paths/pair.ts'
import {judgeEcho, judgePair, judgeTry} from '../../src/diagnostics/reachability/judge.ts'
import {probe, probePod, sendCommand} from '../../src/diagnostics/reachability/probe-pods.ts'

test.each([
  ['all back', 0, '{"sent":10,"received":10,"lost":0}', '', true, '10 of 10 came back'],
  ['one lost', 0, '{"sent":10,"received":9,"lost":1}', '', true, '9 of 10 came back'],
  ['most lost', 0, '{"sent":10,"received":2,"lost":8}', '', false, '2 of 10 came back'],
  ['silence', 0, '{"sent":10,"received":0,"lost":10}', '', false, 'none of 10 came back'],
  [
    'no connection',
    1,
    '',
    'toolbox: dial tcp 10.244.2.2:7000: i/o timeout\n',
    false,
    'toolbox: dial tcp 10.244.2.2:7000: i/o timeout',
  ],
  ['nothing said', 137, '', '', false, 'the sender ended with 137'],
])('%s', (_name, exitCode, stdout, stderr, ok, detail) => {
  expect(judgeTry({exitCode, stdout, stderr})).toEqual({ok, detail})
})

describe('a pair', () => {
  const path: PairPath = {
    from: 'n1',
    to: 'n2',
    podCidr: '10.244.2.0/24',
    class: 'routed',
    why: 'the flow and the route',
  }
  const good = {ok: true, detail: '10 of 10 came back'}
  const bad = {ok: false, detail: 'none of 10 came back'}
  test('that works and can say why', () => {
    expect(judgePair(path, {tcp: good, udp: good})).toMatchObject({ok: true})
  })
  test('over which one protocol fails', () => {
    expect(judgePair(path, {tcp: good, udp: bad})).toMatchObject({ok: false, fault: 'UDP: none of 10 came back'})
  })
  test('that works although flow and route say that it should not', () => {
    expect(judgePair({...path, class: 'broken', why: 'no route'}, {tcp: good, udp: good})).toMatchObject({
      ok: false,
      fault: 'no route',
    })
  })
})

describe('pings from gateway to gateway', () => {
  const echo = (...tries: readonly {bytes: number; roundTrip?: number; said?: string}[]) =>
    judgeEcho({from: '10.244.1.1', to: '10.244.2.1', tries: tries.map((one) => ({sent: 3, ...one}))})
  const path: PairPath = {from: 'n1', to: 'n2', podCidr: '10.244.2.0/24', class: 'routed', why: 'the flow'}
  const good = {ok: true, detail: '10 of 10 came back'}
  test('all sizes', () => {
    const found = echo({bytes: 84, roundTrip: 0.4}, {bytes: 1450, roundTrip: 0.5})
    expect(found).toEqual({ok: true, detail: '10.244.2.1 answers in 0.4 ms, with 84 and 1450 bytes'})
  })
  test('full size is lost: a fault although TCP passes', () => {
    const gateway = echo({bytes: 84, roundTrip: 0.4}, {bytes: 1450, said: '172.30.1.1 says: too big'})
    expect(judgePair(path, {gateway, tcp: good, udp: good}).fault).toBe(
      'gateway: 10.244.2.1 does not answer to 1450 bytes: 172.30.1.1 says: too big',
    )
  })
  test('silence is a fault, but not where TCP and UDP pass', () => {
    const gateway = echo({bytes: 84}, {bytes: 1450})
    expect(judgePair(path, {gateway}).ok).toBe(false)
    expect(judgePair(path, {gateway, tcp: good, udp: good}).ok).toBe(true)
  })
})

test('the probe Pod asks for nothing that a restricted namespace refuses', () => {
  expect(probePod('n1', probe.image)).toMatchObject({
    metadata: {name: 'probe-n1'},
    spec: {
      nodeName: 'n1',
      securityContext: {runAsNonRoot: true, seccompProfile: {type: 'RuntimeDefault'}},
      containers: [{securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: ['ALL']}}}],
    },
  })
  expect(sendCommand('udp', 'fd00::1')).toContain('[fd00::1]:7000')
})
