import {Flags} from '@oclif/core'
import type {ConfigRow} from '../../ui/node-tables.ts'
import {ReadingCommand} from '../reading.ts'

export class GetConfig extends ReadingCommand {
  static override summary = 'The configuration that the agents run, key by key, and where each value comes from.'
  static override description =
    'Nodes that run the same share a row, so that a key with two rows is one in which Nodes differ. ' +
    "Upstream's agents do not tell what they run: of them the ConfigMap's text is shown, as it is written."
  static override examples = [
    '<%= config.bin %> get config',
    '<%= config.bin %> get config --all -o yaml',
    '<%= config.bin %> get config --text > antrea-agent.conf',
  ]
  static override flags = {
    all: Flags.boolean({summary: 'also keys that have their default everywhere'}),
    text: Flags.boolean({summary: 'antrea-agent.conf of the ConfigMap, byte for byte'}),
  }

  override async run(): Promise<void> {
    const {flags} = await this.parse(GetConfig)
    const [{readStoredConfig}, {configRows}, {configColumns}] = await Promise.all([
      import('../../cluster/config-map.ts'),
      import('../../diagnostics/facts/config-rows.ts'),
      import('../../ui/node-tables.ts'),
    ])
    await this.read<ConfigRow>(flags, async ({session: {cluster, infos}, signal}) => {
      const text = async () => (await readStoredConfig(cluster.api, {signal})).text
      if (flags.text) {
        const lines = (await text()).replace(/\n$/u, '').split('\n')
        return {rows: [], columns: [], lines: () => lines}
      }
      const rows = await configRows(infos, text)
      const shown = flags.all ? rows : rows.filter(({source}) => source !== 'default')
      return {rows: shown, columns: configColumns, name: ({key}) => key}
    })
  }
}
