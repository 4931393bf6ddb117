/**
 * The agent's datapath without the agent: started in a Node's network namespace, it reads one NodeNetwork a line, brings
 * the machine there, and answers each with the lines of the plan.
 */
import {createInterface} from 'node:readline'
import {openDatapath} from '../../src/agent/datapath.ts'
import {connectOpenFlow} from '../../src/datapath/openflow/connection.ts'
import {connectControl} from '../../src/datapath/ovsdb/control.ts'
import {describe} from '../../src/datapath/plan/describe.ts'
import {sentenceOf} from '../../src/model/errors.ts'
import type {NodeNetwork} from '../../src/model/node-network.ts'

const runDir = process.env['OVS_RUNDIR'] ?? ''
using openflow = await connectOpenFlow(`${runDir}/br-int.mgmt`)
using control = await connectControl(runDir)
const datapath = openDatapath({openflow, control})

for await (const line of createInterface({input: process.stdin})) {
  try {
    const network: NodeNetwork = JSON.parse(line)
    const {steps} = await datapath.resync(network)
    answer({done: steps.map(describe)})
  } catch (error) {
    answer({failed: sentenceOf(error)})
  }
}

function answer(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
