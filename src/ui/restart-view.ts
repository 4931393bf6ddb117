import type {RestartPlan} from '../changes/restart/plan.ts'
import {restarted, type RestartEvent} from '../model/restart-event.ts'
import {fold} from './fold.ts'
import {printable} from './printable.ts'
import {tableLines} from './table.ts'
import type {View} from './view.ts'
import {fit} from './width.ts'

/** What a restart would do, before anything is asked. */
export function restartPlanLines({what, nodes, outage}: RestartPlan, view: View): readonly string[] {
  const {theme, width} = view
  const how =
    'One Node after the other. The next one waits until this one forwards: its agent answers, flows, routes and settings are as ' +
    'they must be, and the probes between all Nodes lose nothing.'
  return [
    theme.heading(`Restart: ${restarted[what]} on ${nodes.length} ${nodes.length === 1 ? 'Node' : 'Nodes'}`),
    ...fold(what === 'agent' ? how : `Each Pod is deleted, and its DaemonSet makes another. ${how}`, width),
    '',
    ...tableLines(
      [
        {title: 'NODE', value: ({node}) => node},
        {title: 'POD OF THE AGENT', value: ({pod}) => pod},
        {title: 'PODS', value: ({localPods}) => localPods, align: 'right'},
      ],
      nodes,
      view,
    ),
    '',
    ...fold(outage, width).map(what === 'agent' ? theme.faint : theme.warn),
  ]
}

const states = {asked: 'is asked to restart', started: 'has started anew', forwarding: 'forwards'} as const

/** undefined: nobody wants to read that. */
export function restartEventLine(event: RestartEvent, {theme, width}: View): string | undefined {
  const line = () => {
    switch (event.event) {
      case 'began':
        return undefined
      case 'node': {
        const after = event.state === 'asked' ? '' : theme.faint(` after ${(event.milliseconds / 1_000).toFixed(1)} s`)
        const mark = event.state === 'forwarding' ? theme.good('✓') : theme.faint('·')
        return `${mark} ${printable(event.node)} ${states[event.state]}${after}`
      }
      case 'wait':
        return theme.faint(`  ${printable(event.node)}: ${printable(event.why)}`)
      case 'probe':
        if (event.lost === 0) return undefined
        return theme.bad(`  the probes lost ${event.lost} of ${event.sent} packets, for ${gap(event)} at most`)
      case 'ended': {
        const loss =
          event.lost === 0 ? theme.good('lost 0') : theme.bad(`lost ${event.lost}, for ${gap(event)} at most`)
        return `${theme.good(`${printable(event.sentence)}.`)} Probes, of each Node while its agent is there: sent ${event.sent}, ${loss}.`
      }
    }
  }
  const text = line()
  return text === undefined ? undefined : fit(text, width)
}

function gap({longestGap}: {readonly longestGap: number}): string {
  return `${Math.round(longestGap)} ms`
}
