import {copyFile, link, rm} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {machinePid} from './machines.ts'
import {importImage} from './nodes.ts'
import {currentTopology, paths} from './state.ts'

/** Has every running Node take an image tar (an OCI layout). */
export async function load(tar: string): Promise<void> {
  const file = basename(tar)
  const target = join(paths.images, file)
  if (tar !== target) {
    await rm(target, {force: true})
    await link(tar, target).catch(() => copyFile(tar, target))
  }
  const running = currentTopology().nodes.filter(({name}) => machinePid(name) !== undefined)
  await Promise.all(running.map((node) => importImage(node, file)))
}
