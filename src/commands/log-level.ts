import {Args} from '@oclif/core'
import {AntctlError} from '../model/errors.ts'
import type {LevelRow} from '../ui/level-table.ts'
import type {Look} from './reading.ts'
import {ReadingCommand} from './reading.ts'

const highest = 10

export class LogLevel extends ReadingCommand {
  static override summary = 'How much do the agents log? With a LEVEL: change it, on all Nodes or those named.'
  static override description =
    "A level is klog's -v: 0 what happens, 1 to 3 details, 4 and more everything. A change is written as logVerbosity into the " +
    "AntreaNodeConfig of each Node (spec.agent), which its agent follows at once and which stays over restarts; 'default' takes " +
    "it back, so that the ConfigMap's holds. Upstream's agents are told by their own API, until their next start."
  static override examples = [
    '<%= config.bin %> log-level',
    '<%= config.bin %> log-level 4 --nodes n1',
    '<%= config.bin %> log-level default',
  ]
  static override args = {
    level: Args.string({ignoreStdin: true, description: `0 to ${highest}, or default; shows the levels when absent`}),
  }

  override async run(): Promise<void> {
    const {args, flags} = await this.parse(LogLevel)
    const level = args.level === undefined ? undefined : parseLevel(args.level)
    const {levelColumns} = await import('../ui/level-table.ts')
    let isSet = level === undefined
    await this.read<LevelRow>(flags, async (look) => {
      const found = isSet ? await levels(look) : await setLevels(look, level)
      isSet = true
      return {...found, columns: levelColumns, name: ({node}) => `node/${node}`}
    })
  }
}

type Level = number | 'default' | undefined

async function levels({session: {infos, roads}, signal}: Look) {
  const [{askLogLevel}, {nodeOf}, {rowsOfEachNode}] = await facts()
  const sources = new Map(infos.map((info) => [nodeOf(info), info.config?.sources?.['logVerbosity'] ?? 'default']))
  return rowsOfEachNode({session: {roads}, signal}, async (node) => [
    {level: await askLogLevel(roads, node), source: sources.get(node) ?? 'default'},
  ])
}

async function setLevels(look: Look, level: Level) {
  const [{askLogLevel}, {isOurAgent, nodeOf}, {rowsOfEachNode}] = await facts()
  const {setLogVerbosity} = await import('../changes/log-level.ts')
  const {
    session: {cluster, infos, roads},
    signal,
  } = look
  const own = new Set(infos.filter(isOurAgent).map(nodeOf))
  const number = level === 'default' ? undefined : level
  return rowsOfEachNode(look, async (node): Promise<readonly Omit<LevelRow, 'node'>[]> => {
    if (!own.has(node)) return [{level: await askLogLevel(roads, node, number ?? 0), source: 'its API'}]
    await setLogVerbosity(cluster.api, node, number, {signal})
    if (number === undefined) return [{level: await askLogLevel(roads, node), source: 'taken back'}]
    return [{level: number, source: `antreanodeconfig/${node}`}]
  })
}

function facts() {
  return Promise.all([
    import('../cluster/agent-answers.ts'),
    import('../cluster/agent-infos.ts'),
    import('../diagnostics/facts/each-node.ts'),
  ])
}

function parseLevel(text: string): number | 'default' {
  if (text === 'default') return text
  const level = Number(text)
  if (/^\d{1,2}$/u.test(text) && level <= highest) return level
  throw new AntctlError('USAGE', `${JSON.stringify(text)} is not a log level`, {
    remedy: [`use 0 to ${highest}, or default`],
  })
}
