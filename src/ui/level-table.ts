import type {Column} from './table.ts'

export interface LevelRow {
  readonly node: string
  /** As klog's -v. */
  readonly level: number
  readonly source: string
}

export const levelColumns: readonly Column<LevelRow>[] = [
  {title: 'NODE', value: ({node}) => node},
  {title: 'LEVEL', value: ({level}) => level, align: 'right'},
  {title: 'FROM', value: ({source}) => source},
]
