import {chmod, lstat, mkdir, rm} from 'node:fs/promises'
import type {Server} from 'node:net'
import {dirname} from 'node:path'
import {AntctlError} from '../model/errors.ts'

/** Listens on a socket that only root may connect to; one that an earlier process left is taken away. */
export async function listenForRoot(server: Server, socketPath: string): Promise<void> {
  await mkdir(dirname(socketPath), {recursive: true, mode: 0o755})
  await refuseOpenFolder(dirname(socketPath))
  await rm(socketPath, {force: true})
  const {promise, resolve, reject} = Promise.withResolvers<void>()
  // From the first moment on nobody else may connect: the path is bound before listen() returns.
  const mask = process.umask(0o177)
  try {
    server.once('error', reject).listen(socketPath, resolve)
  } finally {
    process.umask(mask)
  }
  await promise
  server.off('error', reject)
  await chmod(socketPath, 0o600)
}

/** Who may write to the folder could put a socket of his own in our place. */
async function refuseOpenFolder(folder: string): Promise<void> {
  const {mode, uid} = await lstat(folder)
  if ((mode & 0o022) === 0 && (uid === 0 || uid === process.getuid?.())) return
  throw new AntctlError('MACHINE', `${folder} can be written by others than root`, {
    remedy: [`chown root ${folder}`, `chmod 755 ${folder}`],
  })
}
