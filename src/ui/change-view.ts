import type {ChangeEvent, Loss, NodeState} from '../model/change-event.ts'
import {type ChangeProgress, lossOf, type NodeProgress} from './change-progress.ts'
import {fold} from './fold.ts'
import {grouped} from './grouped.ts'
import {inMs, lostPaint} from './loss-words.ts'
import {pairLossLines} from './pair-loss-table.ts'
import {printable} from './printable.ts'
import {type ShownStep, stepLines} from './step-table.ts'
import {type Column, tableLines} from './table.ts'
import type {Theme} from './theme.ts'
import type {View} from './view.ts'

/** So many rows of each table at most: Nodes that still move first. */
const most = {nodes: 16, steps: 6, pairs: 5} as const
/** In a terminal of few lines: what does not fit would be drawn anew below, again and again. */
const few = {nodes: 3, steps: 3, pairs: 3} as const
/** Lines beside the rows: the headings, what the probe counted, and a remark. */
const beside = 9

type Room = Readonly<Record<keyof typeof most, number>>

function roomIn(height: number | undefined): Room {
  if (height === undefined) return most
  const {steps, pairs} = height < most.nodes + most.steps + most.pairs + beside ? few : most
  return {steps, pairs, nodes: Math.max(few.nodes, Math.min(most.nodes, height - steps - pairs - beside))}
}

interface StateWords {
  readonly mark: string
  readonly words: string
  readonly paint: (theme: Theme) => (text: string) => string
}

/** By shape and word as well as by colour. */
const stateWords: Readonly<Record<NodeState, StateWords>> = {
  changing: {mark: '…', words: 'is told', paint: ({key}) => key},
  changed: {mark: '…', words: 'was told, not proven yet', paint: ({key}) => key},
  verified: {mark: '✓', words: 'proven from its flows and routes', paint: ({good}) => good},
  skipped: {mark: '-', words: 'skipped', paint: ({warn}) => warn},
  away: {mark: '!', words: 'waited for', paint: ({warn}) => warn},
}

/** The page while a change runs, in a terminal of so many lines. */
export function progressFrame(progress: ChangeProgress, view: View, height?: number): readonly string[] {
  const {theme} = view
  const room = roomIn(height)
  const all = [...progress.nodes.values()]
  const moving = all.filter(({state}) => state !== 'verified')
  const shown = new Set([...moving, ...all.filter((row) => !moving.includes(row)).toReversed()].slice(0, room.nodes))
  const rows = all.filter((row) => shown.has(row))
  const left = all.length - rows.length
  return [
    theme.heading(headLine(progress)),
    ...(rows.length === 0 ? [] : tableLines(columnsFor(progress), rows, view)),
    ...(left > 0 ? [theme.faint(`and ${left} more, proven`)] : []),
    ...rows
      .flatMap(({node, why}) => (why === undefined ? [] : fold(`! ${printable(`${node} ${why}`)}`, view.width)))
      .map(theme.warn),
    ...stepLines(shownSteps(progress, room.steps), view),
    ...probeLines(progress, room.pairs, view),
    ...(progress.turned === undefined
      ? []
      : fold(`! going back: ${printable(progress.turned)}`, view.width).map(theme.warn)),
    ...(progress.waits === undefined ? [] : fold(`! ${printable(progress.waits)}`, view.width).map(theme.warn)),
  ]
}

function headLine({began, direction, step, nodes}: ChangeProgress): string {
  const steps = began?.steps ?? []
  const at = steps.findIndex(({name}) => name === step)
  const from = began === undefined ? '' : changeWords(began)
  const all = Math.max(...steps.map((one) => one.nodes), nodes.size, 0)
  const proven = [...nodes.values()].filter(({state}) => state === 'verified').length
  const place = step === undefined ? 'beginning' : at === -1 ? step : `${step} (step ${at + 1} of ${steps.length})`
  return `${from}${direction === 'back' ? ', going back' : ''}: ${printable(place)}, ${proven} of ${all} Nodes proven`
}

export function changeWords({
  from,
  to,
  noSNAT,
}: {
  readonly from: string
  readonly to: string
  readonly noSNAT: {readonly from: boolean; readonly to: boolean}
}): string {
  const mode = from === to ? printable(to) : `${printable(from)} → ${printable(to)}`
  return noSNAT.from === noSNAT.to ? mode : `${mode}, ${noSNAT.to ? 'without' : 'with'} SNAT`
}

function columnsFor({probe}: ChangeProgress): readonly Column<NodeProgress>[] {
  return [
    {title: 'NODE', value: ({node}) => node},
    {
      title: 'STATE',
      value: ({state}) => `${stateWords[state].mark} ${stateWords[state].words}`,
      paint: ({state}, theme) => stateWords[state].paint(theme),
    },
    {title: 'WAYS', value: ({ways}) => waysWords(ways), spare: 1},
    {
      title: 'TOOK',
      value: ({milliseconds}) => (milliseconds === undefined ? undefined : `${milliseconds} ms`),
      spare: 2,
    },
    {
      title: 'LOST',
      value: ({node}) => lossOf(node, probe)?.lost,
      align: 'right',
      paint: ({node}, theme) => lostPaint(lossOf(node, probe)?.lost, theme),
    },
    {title: 'GAP', value: ({node}) => gapWords(lossOf(node, probe)?.gap), align: 'right'},
  ]
}

function gapWords(gap: number | undefined): string | undefined {
  return gap === 0 ? undefined : inMs(gap, 0)
}

/** The last ones that ran, and the one under way. */
function shownSteps({steps, step, direction, probe}: ChangeProgress, count: number): readonly ShownStep[] {
  if (step === undefined || probe?.step !== step || probe.ofStep === undefined || steps.at(-1)?.name === step) {
    return steps.slice(-count)
  }
  return [...steps.slice(1 - count), {name: step, direction, loss: probe.ofStep}]
}

export function waysWords(ways: Readonly<Record<string, number>> | undefined): string | undefined {
  if (ways === undefined) return undefined
  return (
    Object.entries(ways)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ') || 'no peers'
  )
}

function probeLines({probe}: ChangeProgress, count: number, view: View): readonly string[] {
  if (probe === undefined) return []
  const {theme} = view
  const pairs = [...probe.worst, ...(probe.slowest ?? [])].slice(0, count)
  const unseen =
    probe.resolution === undefined ? '' : `; losses shorter than ${Math.ceil(probe.resolution)} ms are not seen`
  const silent = probe.silent
    .slice(0, count)
    .map(({node, reason}) => `  ${printable(node)} is not counted: ${printable(reason)}`)
  return [
    ...pairLossLines(pairs, view),
    ...fold(`probe: ${lossWords(probe)}${unseen}`, view.width).map(probe.lost > 0 ? theme.warn : theme.faint),
    ...silent.flatMap((line) => fold(line, view.width)).map(theme.faint),
  ]
}

/** "0 of 12 345 packets lost, longest gap 4 ms, round trip 0.3 ms (99 of 100 below 1.2 ms)" */
export function lossWords({sent, lost, longestGap, roundTrip}: Loss): string {
  const round =
    roundTrip === undefined
      ? ''
      : `, round trip ${roundTrip.median.toFixed(1)} ms (99 of 100 below ${roundTrip.p99.toFixed(1)} ms)`
  return `${lost} of ${grouped(sent)} packets lost, longest gap ${Math.round(longestGap)} ms${round}`
}

/** One line as it happens, for a pipe or a log; of the probe's counts only those that tell of a loss. */
export function changeEventLine(event: ChangeEvent, {theme}: Pick<View, 'theme'>): string | undefined {
  switch (event.event) {
    case 'began':
      return `${changeWords(event)}${event.direction === 'back' ? ', going back' : ''}: ${event.steps.map(({name}) => printable(name)).join(', ')}`
    case 'step':
      return event.state === 'running' ? theme.heading(printable(event.step)) : undefined
    case 'node': {
      if (event.state === 'changing' || event.state === 'changed') return undefined
      const {mark, words, paint} = stateWords[event.state]
      const took = event.milliseconds === undefined ? '' : theme.faint(` in ${event.milliseconds} ms`)
      const more = event.why ?? waysWords(event.ways)
      return `${paint(theme)(mark)} ${printable(event.node)} ${words}${more === undefined ? '' : `: ${printable(more)}`}${took}`
    }
    case 'config':
      return `ConfigMap written (${event.hash})`
    case 'probe':
      return event.lost > 0 ? theme.warn(`probe: ${lossWords(event)}`) : undefined
    case 'wait':
      return theme.warn(`! ${printable(event.why)}`)
    case 'turned':
      return theme.warn(`! going back: ${printable(event.why)}`)
    case 'pairs':
    case 'ended':
      return undefined
  }
}
