import type {CapturedInterface, CaptureReport} from '../model/capture/report.ts'
import {printable} from './printable.ts'
import {type Column, tableLines} from './table.ts'
import type {View} from './view.ts'

const columns: readonly Column<CapturedInterface>[] = [
  {title: 'NODE', value: ({node}) => node},
  {title: 'DEVICE', value: ({device}) => device},
  {title: 'WHAT', value: ({description}) => description, spare: 1},
  {title: 'PACKETS', value: ({packets}) => packets, align: 'right'},
  {
    title: 'LOST',
    value: ({dropped}) => dropped,
    align: 'right',
    paint: ({dropped}, theme) => (dropped > 0 ? theme.bad : undefined),
  },
]

/** How much was caught where, and in which file it is. */
export function captureLines({file, packets, interfaces, failures, complete}: CaptureReport, view: View): string[] {
  const {theme} = view
  const failed = failures.map(({node, reason}) => ({node, reason}))
  return [
    ...tableLines(columns, interfaces, {...view, failed}),
    `${packets} packets in ${printable(file)}`,
    ...(complete ? [] : [theme.warn('! time was over before there were as many as asked for')]),
  ]
}
