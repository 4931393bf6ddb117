import {expect, test} from 'vitest'
import {AntctlError} from '../../src/model/errors.ts'
import type {ProbeResult} from '../../src/model/probe.ts'
import {probePairs} from '../../src/diagnostics/probes/run.ts'
import {probeLines} from '../../src/ui/probe-view.ts'
import {plainTheme} from '../../src/ui/theme.ts'
import {fakeApi} from './probe-api.ts'

const addresses = {live: '10.244.1.9', routed: '10.244.1.10', tunnelled: '10.244.1.11'}
const row = (from: string, to: string, change: Partial<ProbeResult> = {}): ProbeResult => ({
  from,
  to,
  form: 'live',
  sent: 100,
  lost: 0,
  longestGap: 0,
  roundTrip: {median: 0.21, p99: 1.5},
  mtu: 1450,
  ...change,
})
const done = (results: readonly ProbeResult[]) => ({state: 'done', addresses, results})
const wish = {nodes: ['n1', 'n2', 'n10'], forms: ['live'], seconds: 1} as const
const signal = new AbortController().signal

test('the rows of all agents in order, who refused with the reason, and nothing is left behind', async () => {
  const {api, calls} = fakeApi(
    {
      n1: done([row('n1', 'n10', {lost: 4, longestGap: 80, mtu: 1400}), row('n1', 'n2')]),
      n2: {state: 'refused', reason: 'all 254 addresses are taken'},
      n10: done([row('n10', 'n1', {lost: 100, longestGap: 1000, mtu: 0}), row('n10', 'n2')]),
    },
    2,
  )
  const report = await probePairs(api, wish, {signal})
  expect(report.results.map(({from, to}) => `${from} ${to}`)).toEqual(['n1 n2', 'n1 n10', 'n10 n1', 'n10 n2'])
  expect(report.silent).toEqual([{node: 'n2', reason: 'all 254 addresses are taken'}])
  expect(calls).toEqual(['post', 'get probe-7', 'get probe-7', 'delete probe-7'])
  const remarks = [{sentence: 'n1 with the mask /32: every peer is in another subnet', remedy: 'stay with encap'}]
  const lines = probeLines({...report, remarks}, {theme: plainTheme, width: undefined})
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/probes.txt')
})

test('an agent speaks of its own pairs only, and once of each', async () => {
  const lies = done([
    row('n1', 'n2'),
    row('n1', 'n2', {lost: 9}),
    row('n2', 'n1'),
    row('n1', 'n9'),
    row('n1', 'n10', {form: 'routed'}),
  ])
  const {api} = fakeApi({n1: lies, n2: done([]), n10: done([])})
  const {results} = await probePairs(api, wish, {signal})
  expect(results).toEqual([row('n1', 'n2')])
})

test('interrupted: the session is deleted all the same', async () => {
  const {api, calls} = fakeApi({n1: {state: 'ready', addresses}})
  const stop = new AbortController()
  const running = probePairs(api, wish, {
    signal: stop.signal,
    onProgress: () => setTimeout(() => stop.abort(new Error('Ctrl-C')), 20),
  })
  await expect(running).rejects.toThrow('Ctrl-C')
  expect(calls.at(-1)).toBe('delete probe-7')
})

test('deleted by somebody else: nobody is waited for', async () => {
  const {api, calls} = fakeApi({})
  const gone = async () => Promise.reject(new AntctlError('API_NOT_FOUND', 'probesessions "probe-7" not found'))
  const running = probePairs({...api, get: gone, delete: gone}, wish, {signal})
  await expect(running).rejects.toMatchObject({
    code: 'API_NOT_FOUND',
    message: 'the probe session was deleted before it ended',
  })
  expect(calls).toEqual(['post'])
})
