import {Box, render, Text} from 'ink'
import {createElement, type ReactElement} from 'react'
import type {ModeEvent} from '../changes/set-mode/apply.ts'
import type {ModePlan} from '../changes/set-mode/mode-plan.ts'
import {modeEventLine} from './mode-view.ts'
import {printable} from './printable.ts'
import type {Theme} from './theme.ts'

/** Where each Node of the plan stands, by its latest event. */
export interface ModeProgress {
  readonly node: string
  readonly event?: ModeEvent & {readonly node: string}
}

/** Rows of Nodes that still move are shown; of those that arrived only these many. */
const shownRows = 16

/** The plan's Nodes in their order, each with what was last heard of it. */
export function modeProgress(plan: ModePlan, events: readonly ModeEvent[]): readonly ModeProgress[] {
  const latest = new Map<string, ModeEvent & {readonly node: string}>()
  for (const event of events) if (event.step !== 'written') latest.set(event.node, event)
  return plan.nodes.map(({node}) => {
    const event = latest.get(node)
    return {node, ...(event !== undefined && {event})}
  })
}

/** The lines of one frame: those that wait first, then the newest arrivals, then the count. */
export function progressFrame(rows: readonly ModeProgress[], theme: Theme): readonly string[] {
  const moving = rows.filter(({event}) => event?.step !== 'verified')
  const arrived = rows.filter(({event}) => event?.step === 'verified')
  const shown = [...moving, ...arrived].slice(0, shownRows)
  const lines = rows.filter((row) => shown.includes(row)).map((row) => rowLine(row, theme))
  return [...lines, theme.faint(`${arrived.length} of ${rows.length} Nodes verified`)]
}

function rowLine({node, event}: ModeProgress, theme: Theme): string {
  return event === undefined ? `${theme.faint('·')} ${printable(node)} waits` : modeEventLine(event, {theme})
}

/** Draws the frame over the one before for as long as it lasts; what stands at the end stays on the screen. */
export function drawModeProgress(
  plan: ModePlan,
  theme: Theme,
): {update(events: readonly ModeEvent[]): void; close(): void} {
  const element = (events: readonly ModeEvent[]) => frame(progressFrame(modeProgress(plan, events), theme))
  const screen = render(element([]), {exitOnCtrlC: false, patchConsole: false})
  return {
    update: (events) => screen.rerender(element(events)),
    close: () => screen.unmount(),
  }
}

/** createElement, not JSX: so that this runs straight from the sources, too. */
function frame(lines: readonly string[]): ReactElement {
  const rows = lines.map((line, at) => createElement(Text, {key: at, wrap: 'truncate-end'}, line))
  return createElement(Box, {flexDirection: 'column'}, ...rows)
}
