/**
 * The plan of set-mode for many Nodes from recorded facts (AntreaAgentInfos, Nodes, ways without tunnels), each in a process
 * of its own from reading the file to the JSON of the plan: `npm run bench -- plan-nodes [NODES]`.
 */
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {execa} from 'execa'
import * as v from 'valibot'
import {isTrafficMode} from '../src/model/traffic-mode.ts'
import {publishedPlan} from '../src/changes/set-mode/mode-plan.ts'
import {drawPlan, type ModeFacts} from '../src/changes/set-mode/plan.ts'
import {byDefaultRoute, cloudNodes, manyAgents} from '../test/changes/clusters.ts'
import {machine, milliseconds, percentile} from './figures.ts'

const rounds = 5
const bars = {milliseconds: 1_000, mebibytes: 200}
const run = v.object({
  milliseconds: v.number(),
  mebibytes: v.number(),
  changed: v.number(),
  all: v.number(),
  bytes: v.number(),
})

const [first = '1000', file] = process.argv.slice(2)

if (file === undefined) await compare(Number(first))
else await planOnce(first, file)

async function compare(count: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plan-nodes-'))
  const infos = manyAgents(count)
  const ids = infos.map((_, at) => `aws:///eu-west-1a/i-${at.toString(16).padStart(17, '0')}`)
  const recorded = {config: 'trafficEncapMode: encap\n', infos, nodes: [...cloudNodes(ids)]}
  console.log(`${count} Nodes in subnets of 20; ${machine()}`)
  for (const to of ['hybrid', 'noEncap']) {
    const facts = join(folder, `${to}.json`)
    await writeFile(facts, JSON.stringify({...recorded, ways: to === 'noEncap' ? byDefaultRoute(infos) : []}))
    const runs = []
    for (let round = 0; round < rounds; round++) runs.push(await inProcess(to, facts))
    const times = runs.map((run) => run.milliseconds)
    const memory = Math.max(...runs.map((run) => run.mebibytes))
    const [{changed, all, bytes}] = [runs[0] ?? {changed: 0, all: 0, bytes: 0}]
    const isBelow = percentile(times, 1) < bars.milliseconds && memory < bars.mebibytes
    console.log(
      `encap to ${to}: ${milliseconds(times)}, RSS at most ${memory.toFixed(0)} MiB (${isBelow ? 'below' : 'ABOVE'} the bars of ` +
        `${bars.milliseconds} ms and ${bars.mebibytes} MiB); ${changed} of ${all} pairs change, ${(bytes / 1024).toFixed(0)} KiB of JSON`,
    )
  }
  await rm(folder, {recursive: true})
}

async function inProcess(to: string, facts: string): Promise<v.InferOutput<typeof run>> {
  const {stdout} = await execa(process.execPath, [import.meta.filename, to, facts])
  return v.parse(run, JSON.parse(stdout))
}

async function planOnce(to: string, facts: string): Promise<void> {
  if (!isTrafficMode(to)) throw new Error(`${to} is no mode`)
  const before = performance.now()
  const recorded = recordedFacts(JSON.parse(await readFile(facts, 'utf8')))
  const {pairs, ...plan} = publishedPlan(drawPlan(recorded, to))
  const bytes = JSON.stringify({...plan, pairs}).length
  const took = performance.now() - before
  const mebibytes = process.resourceUsage().maxRSS / 1024
  console.log(JSON.stringify({milliseconds: took, mebibytes, changed: pairs.changed, all: pairs.all, bytes}))
}

/** What this file wrote itself. */
function recordedFacts({nodes, ...facts}: Omit<ModeFacts, 'nodes'> & {nodes: readonly [string, never][]}): ModeFacts {
  return {...facts, nodes: new Map(nodes)}
}
