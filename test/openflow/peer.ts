import {mkdtemp, rm} from 'node:fs/promises'
import {createServer, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

/** A peer on a Unix socket that does what the test says with each connection. */
export interface FakePeer extends AsyncDisposable {
  readonly socketPath: string
  /** Closes all connections, as a process that dies. */
  hangUp(): void
}

export async function startFakePeer(onConnection: (socket: Socket) => void, name = 'peer.sock'): Promise<FakePeer> {
  const directory = await mkdtemp(join(tmpdir(), 'antctl-peer-'))
  const socketPath = join(directory, name)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    socketPath,
    hangUp,
    async [Symbol.asyncDispose]() {
      hangUp()
      await new Promise((resolve) => server.close(resolve))
      await rm(directory, {recursive: true, force: true})
    },
  }
}
