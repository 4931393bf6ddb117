import {type LiveStation, type LiveTrace, liveVerdicts, type Station} from '../model/live.ts'
import {fold} from './fold.ts'
import {printable} from './printable.ts'
import {type Column, tableLines} from './table.ts'
import type {View} from './view.ts'

type Row = LiveStation & {readonly which: string}

const columns: readonly Column<Row>[] = [
  {title: 'WHAT', value: ({which}) => which},
  {title: 'NODE', value: ({node}) => node},
  {title: 'WHERE', value: (row) => words(row)},
  {
    title: 'PREDICTED',
    value: ({expected}) => (expected ? 'yes' : 'no'),
    paint: ({expected, seen}, theme) => (expected === (seen !== undefined) ? theme.faint : theme.warn),
  },
  {
    title: 'SEEN',
    value: ({seen}) => (seen === undefined ? 'no' : `${seen.form}, +${seen.after.toFixed(1)} ms`),
    paint: ({seen}, theme) => (seen === undefined ? theme.bad : theme.good),
  },
  {title: 'DEVICE', value: ({seen}) => seen?.device, spare: 1},
  {title: 'FROM', value: ({seen}) => seen?.source, spare: 2},
  {title: 'TO', value: ({seen}) => seen?.destination, spare: 2},
]

/** Where a packet that was really sent was seen, beside where the trace says that it passes. */
export function liveLines(live: LiveTrace, view: View): readonly string[] {
  const {theme, width} = view
  const {verdict, says, asPredicted, sent, there, back} = live
  const paint = liveVerdicts[verdict].arrives ? theme.good : theme.bad
  const rows = [...there.map((row) => ({...row, which: 'packet'})), ...back.map((row) => ({...row, which: 'answer'}))]
  const what = `${sent.bytes} bytes of ${sent.protocol} from ${sent.source} to ${sent.destination}, mark ${sent.mark}`
  return [
    '',
    theme.heading('Really sent') + theme.faint(`: ${printable(what)}`),
    ...fold(`${paint(verdict)}: ${printable(says)}`, width),
    ...(asPredicted ? [] : fold(theme.warn('! this is not what the trace says'), width)),
    ...tableLines(columns, rows, view),
    theme.faint('times count on each Node from when it saw the packet first'),
  ]
}

function words({place, direction}: Station): string {
  const each = {
    port: {in: 'from the Pod', out: 'to the Pod'},
    gateway: {in: 'bridge to Node', out: 'Node to bridge'},
    underlay: {in: 'from the network', out: 'to the network'},
  }
  return each[place][direction]
}
