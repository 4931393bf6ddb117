import type {Journal} from '../../model/change.ts'
import {writeConfigText} from './config-text.ts'
import type {Drive} from './drive.ts'
import {assertTextIsOurs} from './foreign-edits.ts'
import {absentOf, lossFault, prove} from './gate.ts'
import {turnsByItself} from './journal.ts'
import {performRolling} from './roll.ts'
import {isRolling, type OverrideStep, type Step, stepsOf} from './steps.ts'
import {tell, untold} from './tell.ts'
import {newlyWrong, testimony, type Testimony} from './witnesses.ts'

/** One step with its proof; the answer: why it is not as it should be. What is done already is not done again. */
export async function perform(drive: Drive, step: Step): Promise<string | undefined> {
  if (isRolling(step)) return performRolling(drive, step)
  const nodes = await concerned(drive, step)
  if (nodes.length === 0) return undefined
  const {journal, watch, cluster} = drive
  const began = cluster.now()
  const {direction} = journal.now()
  await watch.begin()
  watch.enter(step.name)
  journal.say({event: 'step', step: step.name, direction, state: 'running'})
  const before = await heard(drive, step, nodes)
  await act(drive, step, nodes)
  const fault =
    (await prove(drive, step, nodes)) ??
    newlyWrong(before, await heard(drive, step, nodes)) ??
    (await watched(drive, step))
  if (fault !== undefined) return fault
  const {loss, pairs = []} = watch.ofStep() ?? {}
  const [worst] = pairs
  const counted = loss === undefined ? {} : {loss}
  journal.say({event: 'step', step: step.name, direction, state: 'done', ...counted})
  if (pairs.length > 0) journal.say({event: 'pairs', step: step.name, direction, pairs: [...pairs]})
  const milliseconds = cluster.now() - began
  const ran = {name: step.name, direction, milliseconds, ...counted, ...(worst !== undefined && {worst})}
  await journal.save({steps: [...journal.now().steps, ran]})
  return undefined
}

/** The Nodes that the step is about: going back, those alone that something was done to. */
async function concerned(drive: Drive, step: OverrideStep): Promise<readonly string[]> {
  const {change, cluster, journal} = drive
  await drive.checkpoint()
  const {text} = await cluster.readConfig()
  assertTextIsOurs(change, journal.now(), step.kind, text)
  const left = await untold(drive, step)
  const {direction, configTouched, nodes} = journal.now()
  if (direction === 'forward') return step.nodes
  if (step.kind !== 'nodes' && !configTouched && left.length === 0) return []
  return step.nodes.filter((node) => nodes[node] !== undefined || left.includes(node))
}

/** Once it was turned round Nodes that still run a broken mode must not hinder that it is left: each Node is proven by itself. */
async function heard(drive: Drive, step: OverrideStep, nodes: readonly string[]): Promise<Testimony> {
  return step.kind === 'nodes' && turnsByItself(drive.journal.now()) ? testimony(drive, new Set(nodes)) : new Map()
}

async function act(drive: Drive, step: OverrideStep, nodes: readonly string[]): Promise<void> {
  const {journal, change} = drive
  if (step.kind === 'config') return writeText(drive)
  if (change.plan.options.notReady === 'stop') await absentOf(drive, new Map(nodes.map((node) => [node, ''])))
  journal.note(nodes, 'changing')
  await journal.save()
  await tell(drive, step, nodes)
  journal.note(nodes, 'changed')
  await journal.save()
}

async function writeText(drive: Drive): Promise<void> {
  const {config} = drive.change
  await writeConfigText(drive, drive.journal.now().direction === 'forward' ? config.after : config.before)
}

/** The probe's word on the step, and the time for which it is to be watched. */
async function watched(drive: Drive, step: Step): Promise<string | undefined> {
  const {change, cluster, journal, watch, checkpoint} = drive
  const {soakSeconds} = change.plan.options
  const {direction} = journal.now()
  const soak = direction === 'forward' && step.kind === 'nodes' ? soakSeconds * 1_000 : 0
  const end = cluster.now() + soak
  while (cluster.now() < end) {
    await drive.checkpoint()
    watch.look()
    const fault = await lossFault(drive)
    if (fault !== undefined) return fault
    // What went before may have taken longer than what is left.
    await cluster.sleep(Math.max(0, Math.min(500, end - cluster.now())))
  }
  if (!needsWord(drive.journal.now(), step, stepsOf(change, direction))) return undefined
  await watch.settle(checkpoint)
  return lossFault(drive)
}

/** Nothing changes its way when the ConfigMap says what all Nodes run: one word at the end covers what follows them. */
function needsWord(journal: Journal, step: Step, steps: readonly Step[]): boolean {
  return step.kind === 'nodes' || journal.step === steps.length - 1
}
