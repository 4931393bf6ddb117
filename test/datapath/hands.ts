/**
 * The agent's way from a NodeNetwork to a machine, without the agent: started in a Node's network namespace, it reads one
 * NodeNetwork a line, observes, plans and applies, and answers each with the lines of the plan.
 */
import {createInterface} from 'node:readline'
import {observeLinks} from '../../src/datapath/machine/links.ts'
import {openMachine} from '../../src/datapath/machine/machine.ts'
import {observeRoutes} from '../../src/datapath/machine/routes.ts'
import {observeSysctls} from '../../src/datapath/machine/sysctls.ts'
import {connectOpenFlow} from '../../src/datapath/openflow/connection.ts'
import {connectControl} from '../../src/datapath/ovsdb/control.ts'
import {apply} from '../../src/datapath/plan/apply.ts'
import {planChanges} from '../../src/datapath/plan/changes.ts'
import {describe} from '../../src/datapath/plan/describe.ts'
import {desiredState, type ObservedState} from '../../src/datapath/plan/state.ts'
import {sentenceOf} from '../../src/model/errors.ts'
import type {NodeNetwork} from '../../src/model/node-network.ts'

const runDir = process.env['OVS_RUNDIR'] ?? ''
using openflow = await connectOpenFlow(`${runDir}/br-int.mgmt`)
using control = await connectControl(runDir)
const machine = openMachine({openflow, control})
const put: {nft?: string; ingress?: string} = {}

for await (const line of createInterface({input: process.stdin})) {
  try {
    const network: NodeNetwork = JSON.parse(line)
    answer({done: await become(network)})
  } catch (error) {
    answer({failed: sentenceOf(error)})
  }
}

async function become(network: NodeNetwork): Promise<readonly string[]> {
  const want = desiredState(network)
  const steps = planChanges(await observe(want.host.sysctls.map(({key}) => key)), want)
  await apply(steps, machine)
  for (const step of steps) if (step.kind === 'nft') put[step.table === 'inet' ? 'nft' : 'ingress'] = step.ruleset
  return steps.map(describe)
}

async function observe(keys: readonly string[]): Promise<ObservedState> {
  return {
    flows: await openflow.dumpFlows(),
    routes: await observeRoutes(),
    sysctls: await observeSysctls(keys),
    links: await observeLinks(),
    ...put,
  }
}

function answer(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
