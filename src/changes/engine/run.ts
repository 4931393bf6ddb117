import {AntctlError, sentenceOf} from '../../model/errors.ts'
import type {Drive} from './drive.ts'
import {shortened, turned, turnsByItself} from './journal.ts'
import {perform} from './perform.ts'
import {standing} from './standing.ts'
import {stepsOf} from './steps.ts'
import {waysOn, withoutNode} from './ways-on.ts'

/** Goes on from where the journal says, to the end; turns round once when the proof fails. Ends with an error unless all went well. */
export async function runChange(drive: Drive): Promise<void> {
  const {change, journal} = drive
  for (;;) {
    const fault = (await baseline(drive)) ?? (await allSteps(drive))
    if (fault === undefined) break
    if (!turnsByItself(journal.now())) throw unproven(fault)
    journal.say({event: 'turned', why: fault})
    await journal.save(turned(journal.now(), 'back', {code: 'CHANGE_ROLLED_BACK', sentence: fault}))
  }
  const {direction, why} = journal.now()
  const state = direction === 'forward' ? 'done' : 'undone'
  journal.say({event: 'ended', state, sentence: standing(change, {...journal.now(), state}).sentence})
  await journal.save({state})
  if (direction === 'back' && why?.code === 'CHANGE_ROLLED_BACK') throw rolledBack(drive, why.sentence)
}

/** What is lost before anything has changed would be taken for the change's. */
async function baseline({journal, watch, checkpoint}: Drive): Promise<string | undefined> {
  const {direction, step, nodes} = journal.now()
  await watch.begin()
  watch.enter('before')
  if (direction === 'back' || step > 0 || Object.keys(nodes).length > 0) return undefined
  await watch.settle(checkpoint)
  const fault = await watch.fault(checkpoint)
  return fault === undefined ? undefined : `before anything was changed ${fault}`
}

async function allSteps(drive: Drive): Promise<string | undefined> {
  const {change, journal} = drive
  const {direction} = journal.now()
  const steps = stepsOf(change, direction)
  for (let at = journal.now().step; at < steps.length; at += 1) {
    if (journal.now().step !== at) await journal.save({step: at})
    const step = steps[at]
    const fault = step && (await perform(drive, step))
    if (fault !== undefined) return fault
  }
  return undefined
}

function unproven(fault: string): AntctlError {
  return new AntctlError('CHANGE_UNVERIFIED', fault, {remedy: ['mend what is named, and go on either way']})
}

function rolledBack({change, journal}: Drive, why: string): AntctlError {
  const touched = Object.keys(journal.now().nodes).length
  const {from, to} = change.plan
  const back = touched === 0 ? 'nothing was changed' : `rolled back: all Nodes run as before`
  const further =
    touched === 0
      ? '--max-loss report goes on whatever is lost'
      : 'antctl set-mode --status shows step by step what happened'
  return new AntctlError('CHANGE_ROLLED_BACK', `${back} (${from}, not ${to}): ${why}`, {
    remedy: ['antctl check probes', further],
  })
}

/** Where it stands and what goes on from there, whatever ended it. */
export async function leave({change, journal}: Drive, error: unknown): Promise<AntctlError> {
  const known =
    error instanceof AntctlError ? error : new AntctlError('CHANGE_STOPPED', sentenceOf(error), {cause: error})
  const sentence = sentenceOf(known)
  const isFinished = journal.now().state === 'done' || journal.now().state === 'undone'
  if (isFinished || known.code === 'CHANGE_RUNNING') return known
  const isUntouched = journal.now().direction === 'forward' && Object.keys(journal.now().nodes).length === 0
  const state = isUntouched ? 'undone' : 'stopped'
  const where = isUntouched ? 'nothing was changed' : standing(change, {...journal.now(), state}).sentence
  journal.say({event: 'ended', state, sentence: `${sentence}; ${where}`})
  const keepsWhy = journal.now().why?.code === 'CHANGE_ROLLED_BACK'
  await journal.save({state, ...(!keepsWhy && {why: {code: known.code, sentence: shortened(sentence)}})})
  if (isUntouched) return new AntctlError(known.code, `${sentence}; ${where}`, {remedy: known.remedy, cause: error})
  return new AntctlError(known.code, `${sentence}; ${where}`, {
    remedy: [
      ...known.remedy,
      ...waysOn(change, journal.now()),
      ...(known.code === 'CHANGE_UNVERIFIED' ? [withoutNode] : []),
    ],
    cause: error,
  })
}
