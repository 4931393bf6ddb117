import {type PathKind, pathKinds, type PathRow} from '../model/path.ts'
import type {Column} from './table.ts'
import type {Theme} from './theme.ts'

export function paintPath(kind: PathKind, theme: Theme): (text: string) => string {
  const paint = {
    local: theme.faint,
    routed: theme.good,
    tunnelled: theme.key,
    fabric: theme.warn,
    broken: theme.bad,
    unknown: theme.faint,
  }
  return paint[kind]
}

const kindColumn = (title: string, kind: (row: PathRow) => PathKind | undefined, spare?: number): Column<PathRow> => ({
  title,
  value: (row) => {
    const found = kind(row)
    return found === undefined ? undefined : `${pathKinds[found].shape} ${found}`
  },
  paint: (row, theme) => {
    const found = kind(row)
    return found === undefined ? undefined : paintPath(found, theme)
  },
  ...(spare !== undefined && {spare}),
})

export const pathColumns: readonly Column<PathRow>[] = [
  {title: 'FROM', value: ({from}) => from},
  {title: 'TO', value: ({to}) => to},
  {title: 'PODCIDR', value: ({podCidr}) => podCidr},
  kindColumn('PREDICTED', ({predicted}) => predicted),
  kindColumn('INSTALLED', ({installed}) => installed),
  kindColumn('OBSERVED', ({observed}) => observed),
  {
    title: 'ODD',
    value: ({faults}) => faults.map(({kind}) => kind).join(','),
    paint: ({faults}, theme) => (faults.length > 0 ? theme.bad : undefined),
  },
  {title: 'WHY', value: ({why}) => why, spare: 1},
]
