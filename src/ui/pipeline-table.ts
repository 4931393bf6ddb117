import type {Column} from './table.ts'

/** What a row of the pipeline's document says of a table. */
export interface PipelineTable {
  readonly id: number
  readonly name: string
  readonly stage: string
  readonly miss: string
  readonly asks: string
}

export const pipelineColumns: readonly Column<PipelineTable>[] = [
  {title: 'ID', value: ({id}) => id, align: 'right'},
  {title: 'TABLE', value: ({name}) => name},
  {title: 'STAGE', value: ({stage}) => stage},
  {title: 'MISS', value: ({miss}) => miss},
  {title: 'ASKS', value: ({asks}) => asks},
]
