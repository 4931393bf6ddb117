import {abortChange} from '../../changes/engine/abort.ts'
import {statusOf} from '../../changes/engine/status.ts'
import type {Desk} from './desk.ts'

/** Stops a change where it stands, from any machine. */
export async function abort({cluster, progress, show}: Desk): Promise<void> {
  progress('asks whoever carries it out to stop')
  const sentence = await abortChange(cluster)
  const {change} = await statusOf(cluster)
  const ways = change?.ways ?? []
  await show({state: 'stopped', sentence, ways}, ({theme}) => [theme.good(`Stopped: ${sentence}.`), ...ways])
}
