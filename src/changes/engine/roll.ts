import type {Change, Journal} from '../../model/change.ts'
import {AntctlError} from '../../model/errors.ts'
import {names} from '../../model/names.ts'
import {legsOf} from '../upstream/legs.ts'
import {commandFor, type StaleRoute, staleRoutesIn} from '../upstream/stale-routes.ts'
import {writeConfigText} from './config-text.ts'
import {type Drive, stopped} from './drive.ts'
import {assertTextIsOurs} from './foreign-edits.ts'
import {absentOf, prove} from './gate.ts'
import type {RollingStep} from './steps.ts'

/** One step of a change of upstream's agents; the answer: why it is not as it should be. */
export async function performRolling(drive: Drive, step: RollingStep): Promise<string | undefined> {
  const {change, cluster, journal} = drive
  await drive.checkpoint()
  assertTextIsOurs(change, journal.now(), 'config', (await cluster.readConfig()).text)
  if (!isConcerned(change, journal.now(), step)) return undefined
  const began = cluster.now()
  const {direction} = journal.now()
  journal.say({event: 'step', step: step.name, direction, state: 'running'})
  const fault = await act(drive, step)
  if (fault !== undefined) return fault
  journal.say({event: 'step', step: step.name, direction, state: 'done'})
  const ran = {name: step.name, direction, milliseconds: cluster.now() - began}
  await journal.save({steps: [...journal.now().steps, ran]})
  return undefined
}

/** Going back: those alone that were started anew, and through the mode between only those that left it. */
function isConcerned({plan}: Change, {direction, nodes}: Journal, {kind, mode, nodes: own}: RollingStep): boolean {
  if (direction === 'forward') return true
  const isBetween = mode === plan.upstream?.via
  const wasLast = (node: string) => nodes[node]?.mode === plan.to || nodes[node]?.direction === 'back'
  if (kind === 'text') return !isBetween || own.some(wasLast)
  return own.some((node) => nodes[node]?.mode !== undefined && (!isBetween || wasLast(node)))
}

async function act(drive: Drive, step: RollingStep): Promise<string | undefined> {
  switch (step.kind) {
    case 'text': {
      const leg = legsOf(drive.change, drive.journal.now().direction).find(({mode}) => mode === step.mode)
      if (leg !== undefined) await writeConfigText(drive, leg.text)
      return undefined
    }
    case 'roll':
      return startAnew(drive, step)
    case 'routes':
      return clearRoutes(drive, step)
  }
}

/** The Pod before is named in the journal first: whoever goes on from there sees whether it is gone already. */
async function startAnew(drive: Drive, step: RollingStep): Promise<string | undefined> {
  const {change, cluster, journal} = drive
  const {mode, nodes} = step
  const [node = ''] = nodes
  if (change.plan.options.notReady === 'stop') await absentOf(drive, new Map([[node, '']]))
  const pod = await cluster.agentPod(node)
  const row = journal.now().nodes[node]
  const isBegun = row?.mode === mode && row.direction === journal.now().direction
  const before = isBegun ? row.pod : pod?.uid
  if (!isBegun) {
    journal.note(nodes, 'changing', {}, {mode, pod: before ?? ''})
    await journal.save()
  }
  if (pod !== undefined && pod.uid === before) await cluster.deleteAgentPod(pod)
  return prove(drive, step, nodes)
}

/** What upstream forgets takes packets of Pods round and round; removed only where somebody has confirmed it. */
async function clearRoutes(drive: Drive, {nodes}: RollingStep): Promise<string | undefined> {
  const {change, cluster, journal} = drive
  const [node = ''] = nodes
  if (journal.now().nodes[node]?.state === 'skipped') return undefined
  const left = await cluster.routesLeft(node, staleRoutesIn(await cluster.agentInfos(), nodes))
  if (left.length === 0) return undefined
  if (change.plan.upstream?.removeStaleRoutes !== true) throw unconfirmed(node, left)
  for (const route of left) {
    await drive.checkpoint()
    await cluster.removeRoute(node, route)
  }
  const [still] = await cluster.routesLeft(node, left)
  return still && `${node}: the route ${still.podCidr} via ${still.via} dev ${names.gatewayPort} does not go away`
}

function unconfirmed(node: string, left: readonly StaleRoute[]): AntctlError {
  const {code, message} = stopped(
    `${node} keeps ${left.length} routes into the tunnel that is gone: what they take is lost, and nobody has confirmed that they may go`,
  )
  return new AntctlError(code, message, {
    remedy: [...left.slice(0, 3).map(commandFor), 'antctl set-mode --resume --remove-stale-routes'],
  })
}
