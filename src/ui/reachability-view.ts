import type {Remark} from '../diagnostics/paths/remarks.ts'
import type {PairResult, Try} from '../diagnostics/reachability/judge.ts'
import {fold} from './fold.ts'
import {junitText} from './junit.ts'
import {printable} from './printable.ts'
import {remarkLines} from './remark-view.ts'
import {tableLines, type Column} from './table.ts'
import type {View} from './view.ts'

function tryColumn(title: string, found: (pair: PairResult) => Try | undefined): Column<PairResult> {
  return {
    title,
    value: (pair) => ({true: 'ok', false: 'failed', undefined: undefined})[`${found(pair)?.ok}`],
    paint: (pair, theme) => (found(pair)?.ok === true ? theme.good : theme.bad),
  }
}

const columns: readonly Column<PairResult>[] = [
  {title: 'FROM', value: ({from}) => from},
  {title: 'TO', value: ({to}) => to},
  {
    title: 'PATH',
    value: (pair) => pair.class,
    paint: (pair, theme) => (pair.class === 'broken' ? theme.bad : undefined),
  },
  tryColumn('GATEWAY', ({gateway}) => gateway),
  tryColumn('TCP', ({tcp}) => tcp),
  tryColumn('UDP', ({udp}) => udp),
  {title: 'PODCIDR', value: ({podCidr}) => podCidr, spare: 2},
  {
    title: 'KERNEL ROUTE',
    value: ({route}) =>
      route === undefined
        ? undefined
        : `${route.to}${route.via === undefined ? '' : ` via ${route.via}`} dev ${route.dev}`,
  },
  {
    title: 'FLOW',
    value: ({flow}) => (flow === undefined ? undefined : `${flow.table} priority ${flow.priority}`),
    spare: 1,
  },
]

/** The matrix as rows, then the faults in full, what else is to be known, then the count. */
export function reachabilityLines(pairs: readonly PairResult[], remarks: readonly Remark[], view: View): string[] {
  const {theme} = view
  const faults = pairs.filter(({ok}) => !ok)
  const verdict =
    faults.length === 0
      ? theme.good(`all ${pairs.length} pairs reach each other`)
      : theme.bad(`${faults.length} of ${pairs.length} pairs failed`)
  return [
    ...tableLines(columns, pairs, view),
    '',
    ...faults.flatMap(({from, to, fault}) =>
      fold(`✗ ${printable(`${from} → ${to}: ${fault ?? ''}`)}`, view.width).map(theme.bad),
    ),
    ...remarkLines(remarks, view),
    verdict,
  ]
}

/** A test case a pair. */
export function reachabilityJunit(pairs: readonly PairResult[]): string {
  const cases = pairs.map(({from, to, fault, class: path}) => ({
    group: 'reachability',
    name: `${from} to ${to}`,
    ...(fault === undefined ? {output: path} : {failure: fault}),
  }))
  return junitText('antctl check reachability', cases)
}
