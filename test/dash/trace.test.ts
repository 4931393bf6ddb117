import {expect, test} from 'vitest'
import {tracePacket} from '../../src/diagnostics/trace/trace-packet.ts'
import {tables} from '../../src/diagnostics/flows/tables.ts'
import {AntctlError} from '../../src/model/errors.ts'
import {fuzzy} from '../../src/ui/dash/fuzzy.ts'
import {sheetOf} from '../../src/ui/dash/sheet.ts'
import {flowKey} from '../../src/ui/dash/trace-stations.ts'
import {update} from '../../src/ui/dash/update.ts'
import type {Walk} from '../../src/ui/dash/walk.ts'
import {onlink, request, sourcesOf, toPod, toTunnel} from '../diagnostics/trace-world.ts'
import {happened, now, opened, pressed, seen, well} from './states.ts'

const golden = (name: string) => `../golden/dash/${name}.txt`
const pods = sheetOf({
  rows: ['default/client', 'default/server', 'kube-system/coredns-7d'].map((name) => ({node: 'n1', name})),
  columns: [{title: 'NAME', value: ({name}) => name}],
  name: ({name}) => name,
})
const start = opened('trace', {...well, pods: {value: pods, at: now}}, 80, 30)
const texts = {
  n1: toTunnel('172.30.2.13', 3),
  'n3 antrea-tun0': toPod(),
  'n3 reply': toTunnel('172.30.1.11', 1),
  'n1 antrea-tun0 reply': toPod('a'),
}

async function walkOf(): Promise<Walk> {
  const world = {texts, routes: [onlink(1), onlink(3)], echo: () => ({roundTrip: 0.4})}
  const trace = await tracePacket(request(3), sourcesOf(world))
  const asks = Object.fromEntries(tables.map((table) => [table.name, table.asks]))
  const hops = trace.ways.flatMap(({hops: way}) => way)
  const counted = hops.flatMap((hop) =>
    hop.at === 'bridge' ? hop.tables.map((table) => flowKey(hop.node, table)) : [],
  )
  return {trace, asks, packets: new Map(counted.map((key, at) => [key, (at + 1) * 100]))}
}

const asked = pressed(start, 'cli', '[enter]', 'srv', '[enter]')
const walked = (walk: Walk, columns = 80, rows = 30) => ({
  ...happened(asked, {kind: 'traced', from: 'default/client', to: 'default/server', walk}),
  screen: {columns, rows},
})

test('two ends by some of their letters, and it is asked for', async () => {
  await expect(seen(pressed(start, 'cli'))).toMatchFileSnapshot(golden('trace-choice'))
  const first = pressed(start, 'cli', '[enter]', 'srv')
  expect(seen(first)).toContain('default/client sends; who is to get it?')
  expect(update(first, {kind: 'key', key: {name: 'enter', text: ''}}).effects).toEqual([
    {do: 'trace', from: 'default/client', to: 'default/server'},
  ])
  expect(seen(asked)).toContain('default/client → default/server')
})

test('letters are letters here, Esc takes back step by step, an address needs no Pod', () => {
  expect(seen(pressed(start, 'q?:1'))).toMatch(/^> q\?:1/mu)
  expect(seen(pressed(start, 'cli', '[enter]', 'x', '[escape]', '[escape]'))).toContain('Who sends?')
  // Digits and : are letters here: Esc is the way out.
  expect(seen(pressed(start, 'x', '[escape]', '[escape]'))).toContain('[1 Overview]')
  expect(seen(start)).toMatch(/Esc back {2}Ctrl-C quit$/mu)
  expect(seen(pressed(start, '203.0.113.10'))).toContain('▸ 203.0.113.10')
  expect(seen(happened(start, {kind: 'paste', text: 'client\n'}))).toContain('▸ default/client')
  expect(seen(pressed(start, 'zzz', '[enter]'))).toContain('nobody is chosen')
})

test.each([80, 120, 200])('box by box in %i columns, with what matched and what it has counted', async (columns) => {
  const state = pressed(walked(await walkOf(), columns), '[down]', '[down]')
  await expect(seen(state)).toMatchFileSnapshot(golden(`trace-${columns}`))
})

test('the end of the walk is the sender again', async () => {
  const state = pressed(walked(await walkOf()), '[end]')
  expect(seen(state)).toMatch(/▸ │.*\n.*\n(?!.*▼)/u)
  expect(seen(state)).toContain('the answer')
  expect(seen(pressed(state, '[down]'))).toBe(seen(state))
  expect(seen(pressed(state, 'n'))).toContain('Who sends?')
})

test('what cannot be traced says why and what to do; who went elsewhere is not called back', () => {
  const error = new AntctlError('POD_UNKNOWN', 'there is no Pod default/server', {remedy: ['kubectl get pods']})
  expect(seen(happened(asked, {kind: 'refused', of: 'trace', error}))).toMatch(
    /there is no Pod.*\n {2}kubectl get pods/u,
  )
  const elsewhere = pressed(asked, '1')
  expect(seen(happened(elsewhere, {kind: 'refused', of: 'trace', error}))).toBe(seen(elsewhere))
})

test('the closest name comes first', () => {
  expect(fuzzy('sv', ['a-service', 'svc', 's-x-v', 'other'])).toEqual(['svc', 'a-service', 's-x-v'])
  expect(fuzzy('', ['b', 'a'])).toEqual(['b', 'a'])
})

test('a flow is the same in a trace and in a dump', () => {
  const traced = flowKey('n1', {table: 'Output', priority: 200, match: 'in_port="gw0",ip, nw_dst=10.0.0.0/24'})
  expect(traced).toBe(flowKey('n1', {table: 'Output', priority: 200, match: 'ip,nw_dst=10.0.0.0/24,in_port=gw0'}))
})
