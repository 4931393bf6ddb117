/**
 * The paths of many Nodes from what the API server holds of them: `npm run bench -- paths [NODES]`. The objects are as
 * AntreaAgentInfo has them, in subnets of fifty; with what is odd among them, as a person and as a program gets it.
 */
import {translateAgentInfo} from '../src/cluster/agent-infos.ts'
import {predictPaths} from '../src/diagnostics/paths/predict.ts'
import {rowsOf} from '../src/diagnostics/paths/rows.ts'
import {pathTable} from '../src/diagnostics/paths/table.ts'
import {pathLines} from '../src/ui/path-view.ts'
import {plainTheme} from '../src/ui/theme.ts'
import {recordedAgent} from '../test/dash/recorded-cluster.ts'
import {machine} from './figures.ts'

const bars = {milliseconds: 1_000, mebibytes: 200}
const count = Number(process.argv[2] ?? 1_000)
// The last ten have another mask.
const recorded = JSON.stringify(Array.from({length: count}, (_, at) => recordedAgent(at, at >= count - 10 ? 16 : 24)))

const began = performance.now()
const read: unknown = JSON.parse(recorded)
const infos = Array.isArray(read) ? read.map(translateAgentInfo) : []
const tables = predictPaths(infos, undefined).map((one) =>
  pathTable(one, new Map(), {installed: false, observed: false}),
)
const rows = rowsOf(tables)
const lines = pathLines(tables, rows, {theme: plainTheme, width: 160})
const took = performance.now() - began
const rss = process.memoryUsage.rss() / 2 ** 20

const odd = tables.reduce((sum, table) => sum + table.odd.count, 0)
console.log(
  `${count * (count - 1)} ordered pairs, ${odd} of them odd, ${lines.length} lines: ${took.toFixed(0)} ms (bar ${bars.milliseconds})`,
)
console.log(`RSS of the process ${rss.toFixed(0)} MiB (bar ${bars.mebibytes}); ${machine()}`)
