import {abortChange} from '../../changes/engine/abort.ts'
import type {Desk} from './desk.ts'

/** Stops a change where it stands, from any machine. */
export async function abort({cluster, progress, show}: Desk): Promise<void> {
  progress('asks whoever carries it out to stop')
  const sentence = await abortChange(cluster)
  await show({state: 'stopped', sentence}, ({theme}) => [
    theme.good(`Stopped: ${sentence}.`),
    'antctl set-mode --resume goes on, antctl set-mode --undo goes back.',
  ])
}
