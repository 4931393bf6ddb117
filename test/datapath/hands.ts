/**
 * The agent's datapath without the agent: started in a Node's network namespace, it reads one NodeNetwork a line, brings
 * the machine there, and answers each with the lines of the plan. Between them it puts back what somebody else changes,
 * when it was started with --watch.
 */
import {createInterface} from 'node:readline'
import {openDatapath} from '../../src/agent/datapath.ts'
import {openEventLog} from '../../src/agent/events.ts'
import {Foreign} from '../../src/agent/foreign.ts'
import {startReconciler} from '../../src/agent/reconcile.ts'
import {watchKernel} from '../../src/datapath/machine/kernel-events.ts'
import {connectOpenFlow} from '../../src/datapath/openflow/connection.ts'
import {connectControl} from '../../src/datapath/ovsdb/control.ts'
import {parts} from '../../src/datapath/plan/compare.ts'
import {describe} from '../../src/datapath/plan/describe.ts'
import {sentenceOf} from '../../src/model/errors.ts'
import type {NodeNetwork} from '../../src/model/node-network.ts'

const runDir = process.env['OVS_RUNDIR'] ?? ''
using openflow = await connectOpenFlow(`${runDir}/br-int.mgmt`)
using control = await connectControl(runDir)
const datapath = openDatapath({openflow, control})
const events = openEventLog()
let network: NodeNetwork | undefined
let lines: readonly string[] = []

const reconciler = startReconciler({
  pass: async () => {
    if (network === undefined) return
    const {steps, repaired} = await datapath.converge(network)
    lines = steps.map(describe)
    foreign.passed(repaired)
  },
  onFailure: ({message}) => process.stderr.write(`${message}\n`),
})
const foreign = new Foreign({
  datapath: () => datapath,
  request: () => reconciler.request(),
  events,
  tell: () => undefined,
})
if (process.argv.includes('--watch')) {
  await openflow.watchFlows((change) => foreign.sawFlow(change))
  watchKernel((part) => foreign.sawKernel(part))
}

for await (const line of createInterface({input: process.stdin})) {
  try {
    answer({done: await follow(line)})
  } catch (error) {
    answer({failed: sentenceOf(error)})
  }
}

/** "events": what was repaired so far; "drift": what is not as it should be; else a NodeNetwork: the steps to it. */
async function follow(line: string): Promise<readonly string[]> {
  if (line === 'events') return events.list().events.map(({sentence}) => sentence)
  if (line === 'drift') {
    const {deviations = []} = (await datapath.drift()) ?? {}
    return deviations.map(({kind, problem, what, owner}) => `${kind} ${problem} (${owner}): ${what}`)
  }
  network = JSON.parse(line)
  datapath.suspect(parts)
  await reconciler.request()
  await datapath.refreshNeighbours()
  return lines
}

function answer(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
