import {createServer} from 'node:net'
import {AntctlError} from '../src/model/errors.ts'
import {cgroupName, paths} from './state.ts'

/**
 * One command at a time brings this lab up or down. The lock is a name of the kernel's (unix(7), abstract sockets): it ends
 * with the process that has it, however that ends.
 */
export async function lockLab(): Promise<AsyncDisposable> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? busy() : error))
    server.listen(`\0${cgroupName}`, resolve)
  })
  server.unref()
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
      }),
  }
}

function busy(): AntctlError {
  return new AntctlError('MACHINE', `another command is starting or ending the lab of ${paths.lab}`, {
    remedy: ['wait for it, or end it', 'ANTCTL_LAB=DIRECTORY npm run lab -- up starts a second lab beside it'],
  })
}
