import {judgeHealth} from '../../src/diagnostics/health/judge.ts'
import type {PairFindings} from '../../src/diagnostics/paths/pair-faults.ts'
import {predictPaths} from '../../src/diagnostics/paths/predict.ts'
import {pathTable} from '../../src/diagnostics/paths/table.ts'
import type {ProbeWindow} from '../../src/diagnostics/probes/steady-ledger.ts'
import type {AgentInfo} from '../../src/model/agent-info.ts'
import type {Facts, LateNode} from '../../src/ui/dash/facts.ts'
import {frameOf} from '../../src/ui/dash/frame.ts'
import type {Key, KeyName} from '../../src/ui/dash/key.ts'
import {openPage, type PageName} from '../../src/ui/dash/place.ts'
import {openState, type State} from '../../src/ui/dash/state.ts'
import {type DashEvent, update} from '../../src/ui/dash/update.ts'
import {plainTheme} from '../../src/ui/theme.ts'
import {charactersOf} from '../../src/ui/width.ts'
import {fourAgents} from '../diagnostics/agents.ts'

export const now = Date.parse('2026-11-23T06:01:00Z')

/** One frame as a person sees it, without colours. */
export function seen(state: State): string {
  return `${frameOf(state, plainTheme)
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}

export function opened(page: PageName, facts: Facts, columns = 80, rows = 40): State {
  return {...openState({screen: {columns, rows}, now}, openPage(page)), facts}
}

/** What comes of these keys: a name in brackets is that key, all else is typed. */
export function pressed(state: State, ...keys: readonly string[]): State {
  return keys.flatMap(keysOf).reduce((before, key) => update(before, {kind: 'key', key}).state, state)
}

export function happened(state: State, ...events: readonly DashEvent[]): State {
  return events.reduce((before, event) => update(before, event).state, state)
}

const names: readonly KeyName[] = [
  'up',
  'down',
  'left',
  'right',
  'pageUp',
  'pageDown',
  'home',
  'end',
  'enter',
  'escape',
  'tab',
  'backspace',
  'interrupt',
]

function keysOf(text: string): readonly Key[] {
  const name = names.find((one) => text === `[${one}]`)
  if (name !== undefined) return [{name, text: ''}]
  return charactersOf(text).map((character) => ({name: 'text', text: character}))
}

export function healthOf(
  infos: readonly AgentInfo[],
  silent: readonly string[] = [],
  late: readonly LateNode[] = [],
): NonNullable<Facts['health']> {
  const report = judgeHealth({
    now: new Date(now),
    infos,
    nodes: infos.map(({metadata}) => ({name: metadata.name, ready: true})),
    config: 'trafficEncapMode: encap\n',
    networkPolicies: false,
    drifts: infos.map(({metadata}) => ({node: metadata.name, total: 0})),
    silent: silent.map((node) => ({node, why: `the agent on ${node} did not answer within 4 s`})),
  })
  return {value: {report, late, infos, server: 'https://127.0.0.1:6443'}, at: now - 2_000}
}

const window = (lost: number, median: number): ProbeWindow => ({
  milliseconds: 1_000,
  sent: 1_200,
  lost,
  longestGap: lost === 0 ? 0 : 40,
  roundTrip: {median, p99: median * 3},
  worst: lost === 0 ? [] : [{from: 'n1', to: 'n3', form: 'live', lost, longestGap: 40}],
  silent: [],
})

export const probe: NonNullable<Facts['probe']> = {
  value: {
    by: 'us',
    pairs: 12,
    allPairs: 12,
    packetsPerSecond: 10,
    at: now - 1_000,
    windows: [0.3, 0.4, 0.2, 0.9, 0.3, 0.5].map((median, at) => window(at === 3 ? 6 : 0, median)),
  },
  at: now - 1_000,
}

export const well: Facts = {health: healthOf(fourAgents), probe}

/** Predicted from what the API server knows, with what Nodes hold where `installed` says so. */
export function pathsOf(
  infos: readonly AgentInfo[],
  installed: ReadonlyMap<string, PairFindings> = new Map(),
): NonNullable<Facts['paths']> {
  const asked = {installed: installed.size > 0, observed: false}
  const tables = predictPaths(infos, undefined).map((prediction) => pathTable(prediction, installed, asked))
  return {value: {tables, silent: []}, at: now - 3_000}
}

export function inMode(infos: readonly AgentInfo[], trafficEncapMode: string): readonly AgentInfo[] {
  return infos.map((info) => ({...info, networkInfo: {...info.networkInfo, trafficEncapMode}}))
}
