import type {Flow} from '../../src/datapath/openflow/flow.ts'
import {printFlow} from '../../src/datapath/openflow/text.ts'
import {tableName} from '../../src/datapath/pipeline/tables.ts'

/** For pictures: one flow a line in ovs-ofctl's words, tables by name. */
export function flowText(flow: Flow): string {
  return printFlow(flow, {table: tableName})
}
