import {Box, render, Text} from 'ink'
import {createElement, type ReactElement} from 'react'
import type {ChangeEvent} from '../model/change-event.ts'
import {type ChangeProgress, noProgress, withEvent} from './change-progress.ts'
import {progressFrame} from './change-view.ts'
import type {View} from './view.ts'

/** Draws where the change stands over what was there before; what stands at the end stays on the screen. */
export function drawChange(view: () => View): {update(event: ChangeEvent): void; close(): void} {
  let progress: ChangeProgress = noProgress
  const element = () => frame(progressFrame(progress, view(), process.stdout.rows))
  const screen = render(element(), {exitOnCtrlC: false, patchConsole: false})
  return {
    update: (event) => {
      progress = withEvent(progress, event)
      screen.rerender(element())
    },
    close: () => screen.unmount(),
  }
}

/** createElement, not JSX: so that this runs straight from the sources, too. */
function frame(lines: readonly string[]): ReactElement {
  const rows = lines.map((line, at) => createElement(Text, {key: at, wrap: 'truncate-end'}, line))
  return createElement(Box, {flexDirection: 'column'}, ...rows)
}
