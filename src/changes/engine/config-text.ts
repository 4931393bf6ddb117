import {AntctlError} from '../../model/errors.ts'
import {configHash} from '../set-mode/hash.ts'
import type {Drive} from './drive.ts'
import {assertTextIsOurs} from './foreign-edits.ts'

/** Only over what this change left there. */
export async function writeConfigText({change, cluster, journal}: Drive, wanted: string): Promise<void> {
  const {direction} = journal.now()
  if (!journal.now().configTouched) await journal.save({configTouched: true})
  for (;;) {
    const stored = await cluster.readConfig()
    assertTextIsOurs(change, journal.now(), 'config', stored.text)
    if (stored.text === wanted || (await written(() => cluster.writeConfig({...stored, text: wanted})))) break
  }
  journal.say({event: 'config', direction, hash: configHash(wanted)})
  await journal.save()
}

/** false: somebody wrote it meanwhile, or an answer was lost; it is to be read anew. */
async function written(write: () => Promise<void>): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    if (error instanceof AntctlError && error.code === 'API_CONFLICT') return false
    throw error
  }
}
