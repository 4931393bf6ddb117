import type {ProbeReport} from '../diagnostics/probes/run.ts'
import {type ProbeResult, probeFormNames, probeForms} from '../model/probe.ts'
import type {Remark} from '../diagnostics/paths/remarks.ts'
import {printable} from './printable.ts'
import {remarkLines} from './remark-view.ts'
import {type Column, tableLines} from './table.ts'
import type {View} from './view.ts'

const milliseconds = (value: number | undefined) => (value === undefined ? undefined : `${value.toFixed(2)} ms`)

const columns: readonly Column<ProbeResult>[] = [
  {title: 'FROM', value: ({from}) => from},
  {title: 'TO', value: ({to}) => to},
  {title: 'FORM', value: ({form}) => form},
  {title: 'SENT', value: ({sent}) => sent, align: 'right'},
  {
    title: 'LOST',
    value: ({lost}) => lost,
    align: 'right',
    paint: ({lost}, theme) => (lost > 0 ? theme.bad : theme.good),
  },
  {
    title: 'LONGEST GAP',
    value: ({lost, longestGap}) => (lost > 0 ? milliseconds(longestGap) : undefined),
    align: 'right',
  },
  {title: 'MEDIAN', value: ({roundTrip}) => milliseconds(roundTrip?.median), align: 'right'},
  {title: 'P99', value: ({roundTrip}) => milliseconds(roundTrip?.p99), align: 'right', spare: 1},
  {title: 'MTU', value: ({mtu}) => (mtu === 0 ? undefined : mtu), align: 'right'},
]

/** The rows, who took no part, and how much the figures can say. */
export function probeLines(report: ProbeReport & {readonly remarks: readonly Remark[]}, view: View): string[] {
  const {results, silent, remarks, allPairs, resolution} = report
  const {theme} = view
  const forms = probeFormNames.filter((name) => results.some(({form}) => form === name))
  const pairs = new Set(results.map(({from, to}) => `${from} ${to}`)).size
  const sample = pairs < allPairs ? `${pairs} of ${allPairs} pairs` : `all ${allPairs} pairs`
  return [
    ...tableLines(columns, results, view),
    '',
    ...silent.map(({node, reason}) => theme.bad(`✗ ${printable(`${node}: ${reason}`)}`)),
    ...remarkLines(remarks, view),
    ...forms.map((form) => theme.faint(`${form}: ${probeForms[form]}`)),
    theme.faint(`${sample}; losses shorter than ${Math.ceil(resolution)} ms are not seen`),
  ]
}
