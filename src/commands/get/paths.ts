import {Flags} from '@oclif/core'
import {exitCodes} from '../../model/errors.ts'
import type {PathRow} from '../../model/path.ts'
import type {PathTable} from '../../diagnostics/paths/table.ts'
import {ReadingCommand} from '../reading.ts'

export class GetPaths extends ReadingCommand {
  static override summary = 'How packets of every Node reach every other: predicted, installed, observed.'
  static override description =
    'Predicted by modes, addresses and masks, which the API server knows; installed by the flow and the kernel route that decide on the ' +
    'Node; observed by probes of the agents (--observe, needs the right to create probesessions.antctl.internal). What disagrees, goes ' +
    'one way and comes back another, or does not fit is marked and explained. Exit status 1 when a pair is broken.'
  static override examples = [
    '<%= config.bin %> get paths',
    '<%= config.bin %> get paths --nodes n1,n3 -o wide',
    '<%= config.bin %> get paths --predict -o json',
    '<%= config.bin %> get paths --observe',
  ]
  static override flags = {
    predict: Flags.boolean({summary: 'ask the API server alone', exclusive: ['observe']}),
    observe: Flags.boolean({summary: 'have the agents probe each other for a second'}),
  }

  override async run(): Promise<void> {
    const {flags} = await this.parse(GetPaths)
    const [{gatherPaths}, {rowsOf}, {pathColumns}, {pathLines}] = await Promise.all([
      import('../../diagnostics/paths/gather.ts'),
      import('../../diagnostics/paths/rows.ts'),
      import('../../ui/path-columns.ts'),
      import('../../ui/path-view.ts'),
    ])
    const depth = flags.predict ? 'predict' : flags.observe ? 'observe' : 'install'
    await this.read<PathRow>(
      {...flags, timeout: flags.timeout ?? (flags.observe ? 120 : 30)},
      async ({session, signal}) => {
        const {tables, failures} = await gatherPaths(session, {
          depth,
          signal,
          onProgress: (text) => this.progress(text),
        })
        if (isBroken(tables)) process.exitCode = exitCodes.failed
        return {
          rows: rowsOf(tables),
          failures,
          columns: pathColumns,
          lines: (rows, view) => pathLines(tables, rows, view),
        }
      },
    )
  }
}

function isBroken(tables: readonly PathTable[]): boolean {
  return tables.some(({odd, best}) => odd.pairs.some(([from, to]) => best(from, to) === 'broken'))
}
